// <div data-drop-anywhere="#photos" data-drop-labels="#coco" hidden>: files that are dropped anywhere on the page go to the
// first form, or to the second where an annotation file is among them. While files are dragged, the element covers the page.
import { handOver } from "./drop_zone.js";
import { dropped } from "./files.js";

const LABELS = /\.(json|xml|csv|txt|ya?ml)$/i;
let deep = 0; // elements entered less those left

// The cover of this page for files that are not over a zone of their own.
function coverFor(event) {
  if (!event.dataTransfer?.types.includes("Files")) return null;
  return document.querySelector("[data-drop-anywhere]");
}

const hasOwnPlace = (event) => event.target.closest?.(".upload-zone, input[type=file], dialog");

document.addEventListener("dragenter", (event) => {
  const cover = coverFor(event);
  if (!cover) return;
  deep += 1;
  cover.hidden = Boolean(hasOwnPlace(event));
});

document.addEventListener("dragleave", (event) => {
  const cover = coverFor(event);
  if (!cover) return;
  deep = Math.max(0, deep - 1);
  if (!deep) cover.hidden = true;
});

document.addEventListener("drop", (event) => {
  const cover = coverFor(event);
  if (!cover) return;
  deep = 0;
  cover.hidden = true;
  if (hasOwnPlace(event)) return;
  event.preventDefault();
  const hasLabels = [...event.dataTransfer.files].some((file) => LABELS.test(file.name));
  const form = document.querySelector(hasLabels ? cover.dataset.dropLabels : cover.dataset.dropAnywhere);
  handOver(form, dropped(event.dataTransfer, "everything" in form.dataset));
});
