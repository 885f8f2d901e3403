// The form over a prediction's result: while a threshold is moved, pictures, tables and totals change at once; when it is let
// go, htmx asks the server for verdicts, filters and addresses of the same thresholds.
import { spreadShown, toggle } from "../web/overlays.js";
import { totalsAbove } from "./totals.js";

const KEYS = { m: "masks", l: "labels", n: "names" };

function thresholds(form) {
  const overall = Number(form.querySelector('[data-score-threshold=""]').value);
  return (index) => Number(form.querySelector(`[data-score-threshold="${index}"]`)?.value ?? overall);
}

function showCounted(of) {
  for (const one of document.querySelectorAll(".found, .found-row")) {
    one.toggleAttribute("hidden", Number(one.dataset.score) < of(one.dataset.category));
  }
  for (const photo of document.querySelectorAll(".result:has([data-counted])")) {
    photo.querySelector("[data-counted]").value = photo.querySelectorAll(".found:not([hidden])").length;
  }
}

function showTotals(of) {
  const chips = document.querySelector("[data-totals]");
  const totals = totalsAbove(JSON.parse(chips.dataset.scores), of);
  for (const [index, total] of totals.entries()) {
    const place = chips.querySelector(`[data-category-total="${index}"]`);
    place.textContent = total;
    place.closest(".chip").hidden = !total;
  }
  const sum = totals.reduce((all, total) => all + total, 0);
  document.querySelector("[data-total]").value = sum;
  document.querySelector("[data-nothing]").hidden = sum > 0;
}

export function start(form) {
  form.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-score-threshold]")) return;
    // The common threshold sets those of the categories too.
    const moved =
      target.dataset.scoreThreshold === "" ? form.querySelectorAll("[data-score-threshold]") : [target];
    for (const slider of moved) {
      slider.value = target.value;
      slider.parentElement.querySelector("[data-score-value]").value = Number(target.value).toFixed(2);
    }
    const of = thresholds(form);
    showCounted(of);
    showTotals(of);
  });
  // The table of a photo arrives when it is opened.
  document.addEventListener("htmx:after:swap", () => form.isConnected && showCounted(thresholds(form)));
  // In the capture phase, before htmx would send a request: showing shapes needs none.
  form.addEventListener(
    "change",
    (event) => {
      if (!event.target.dataset.shapes) return;
      event.stopPropagation();
      spreadShown();
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox], [type=range]), select, textarea");
    const shapes = KEYS[event.key.toLowerCase()];
    if (shapes && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) toggle(shapes);
  });
}
