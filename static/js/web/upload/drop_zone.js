// Files that are dropped: onto the zone of a form (form.js), or anywhere on a page with a cover, which lies over the page meanwhile:
// <div data-drop-anywhere="#photos" data-drop-labels="#coco" hidden>. The second form takes them where an annotation file is among
// them. The page is visible before form.js has loaded: earlier drops are kept for it.
import { dropped } from "./files.js";

const LABELS = /\.(json|xml|csv|txt|ya?ml)$/i;
const handlers = new WeakMap();
const early = new WeakMap();

// Calls ``handler`` with the files of each drop onto the form's zone (see files.js), also of drops before this call.
export function onDrops(form, handler) {
  handlers.set(form, handler);
  for (const files of early.get(form) ?? []) files.then(handler);
  early.delete(form);
}

// A promise of files to the form's handler, or kept until there is one.
function handOver(form, files) {
  if (handlers.has(form)) files.then(handlers.get(form));
  else early.set(form, [...(early.get(form) ?? []), files]);
}

// Firefox may say that files are dragged over the text in the zone.
function formOf({ target }) {
  const element = target instanceof Element ? target : target.parentElement;
  return element?.closest(".upload-zone")?.closest("[data-upload]");
}

const coverFor = (event) =>
  event.dataTransfer?.types.includes("Files") ? document.querySelector("[data-drop-anywhere]") : null;
const hasOwnPlace = (event) => event.target.closest?.(".upload-zone, input[type=file], dialog");

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    const form = formOf(event);
    const cover = coverFor(event);
    if (cover) cover.hidden = Boolean(hasOwnPlace(event));
    if (form) form.dataset.over = "";
    // Files that miss the zone by a little would be opened by the browser in place of the page.
    else if (!event.dataTransfer?.types.includes("Files") || event.target.matches?.("input[type=file]")) {
      return;
    } else if (!cover) event.dataTransfer.dropEffect = "none";
    event.preventDefault();
  });
}

document.addEventListener("dragleave", (event) => {
  delete formOf(event)?.dataset.over;
  const cover = coverFor(event);
  if (cover && !event.relatedTarget) cover.hidden = true; // the files left the window
});

document.addEventListener("drop", (event) => {
  const cover = coverFor(event);
  if (cover) cover.hidden = true;
  let form = formOf(event);
  delete form?.dataset.over;
  if (cover && !hasOwnPlace(event)) {
    const hasLabels = [...event.dataTransfer.files].some((file) => LABELS.test(file.name));
    form = document.querySelector(hasLabels ? cover.dataset.dropLabels : cover.dataset.dropAnywhere);
  }
  if (!form) return;
  event.preventDefault();
  handOver(form, dropped(event.dataTransfer, "everything" in form.dataset));
});
