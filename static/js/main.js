// Starts what a page needs. A module loads only where an element asks for it, also in what htmx puts in later.
import "./web/connection.js";
import "./web/toast.js";
import "./web/dialog.js";
import "./web/upload/drop_zone.js";
import "./web/submit_once.js";
import "./web/dropdown.js";
import "./web/file_field.js";

const PARTS = {
  "[data-chart]": () => import("./web/chart.js"),
  "[data-loss-chart]": () => import("./training/loss_chart.js"),
  "[data-train-form]": () => import("./training/train_form.js"),
  "[data-samples]": () => import("./training/samples.js"),
  "[data-live-stream]": () => import("./web/live_run.js"),
  // In a dialog when it is opened.
  "[data-upload]:not(dialog:not([open]) *)": () => import("./web/upload/form.js"),
  "[data-needs]": () => import("./web/needs.js"),
  "[data-viewer]": () => import("./web/viewer.js"),
  "[data-overlays]": () => import("./web/overlays.js"),
  "[data-score-form]": () => import("./prediction/score_thresholds.js"),
  "[data-judging]": () => import("./prediction/judging.js"),
  "[data-by-hand]": () => import("./projects/by_hand.js"),
  "[data-finds]": () => import("./web/search.js"),
  "[data-copy]": () => import("./web/copy.js"),
  "[data-save]": () => import("./web/save_file.js"),
  "[data-tick-count]": () => import("./web/ticks.js"),
  "[data-annotator]": () => import("./annotations/annotator/editor.js"),
  "[data-open-photo]": () => import("./annotations/open_photo.js"),
  "[data-photo-grid]": () => import("./images/wall.js"),
  "[data-selection]": () => import("./images/selection.js"),
  "[data-via-frame]": () => import("./annotations/via_frame.js"),
  "[data-suggestions]": () => import("./suggestions/panel.js"),
  "[data-label-review]": () => import("./suggestions/label_review.js"),
};
const started = new Map(Object.keys(PARTS).map((selector) => [selector, new WeakSet()]));
let loading = 0;

// While data-starting stands there (base.html), a press may not be heard yet: the pointer says so.
const tell = () => document.documentElement.toggleAttribute("data-starting", loading > 0);

async function startPart(element, load) {
  loading += 1;
  try {
    (await load()).start(element);
  } finally {
    loading -= 1;
    tell();
  }
}

function startAll() {
  for (const [selector, load] of Object.entries(PARTS)) {
    for (const element of document.querySelectorAll(selector)) {
      if (started.get(selector).has(element)) continue;
      started.get(selector).add(element);
      startPart(element, load);
    }
  }
  tell();
}

startAll();
document.addEventListener("htmx:after:swap", startAll);
document.addEventListener("toggle", startAll, true); // of a dialog
