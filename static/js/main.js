// Starts what a page needs. A module loads only where an element asks for it, also in what htmx puts in later.
import "./toast.js";
import "./dialog.js";
import "./drop_zone.js";
import "./submit_once.js";

const PARTS = {
  "[data-loss-chart]": () => import("./loss_chart.js"),
  "[data-ap-chart]": () => import("./ap_chart.js"),
  "[data-bar-chart]": () => import("./bar_chart.js"),
  "[data-precision-chart]": () => import("./precision_chart.js"),
  "[data-compare-chart]": () => import("./compare_chart.js"),
  "[data-threshold]": () => import("./threshold.js"),
  "[data-live-stream]": () => import("./live_run.js"),
  "[data-upload]": () => import("./upload.js"),
  "[data-needs]": () => import("./needs.js"),
  "[data-viewer]": () => import("./viewer.js"),
  "[data-overlays]": () => import("./overlays.js"),
  "[data-score-form]": () => import("./thresholds.js"),
  "[data-save]": () => import("./save_file.js"),
  "[data-tick-count]": () => import("./ticks.js"),
  "[data-annotator]": () => import("./annotator/editor.js"),
  "[data-selection]": () => import("./selection.js"),
  "[data-via-frame]": () => import("./assist/via_frame.js"),
  "[data-suggestions]": () => import("./assist/suggestions.js"),
  "[data-outline-tool]": () => import("./assist/outline_tool.js"),
};
const started = new WeakMap();

function start(selector, load, element) {
  const parts = started.get(element) ?? new Set();
  if (parts.has(selector)) return;
  started.set(element, parts.add(selector));
  load().then((part) => part.start(element));
}

function startAll() {
  for (const [selector, load] of Object.entries(PARTS)) {
    for (const element of document.querySelectorAll(selector)) start(selector, load, element);
  }
}

startAll();
document.addEventListener("htmx:after:swap", startAll);
