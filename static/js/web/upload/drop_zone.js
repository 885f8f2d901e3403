// Drops onto the zones of form.js. The page is visible before form.js has loaded: earlier drops are kept for it.
import { dropped } from "./files.js";

const handlers = new WeakMap();
const early = new WeakMap();

// Calls ``handler`` with the files of each drop onto the form's zone (see files.js), also of drops before this call.
export function onDrops(form, handler) {
  handlers.set(form, handler);
  for (const files of early.get(form) ?? []) files.then(handler);
  early.delete(form);
}

// A promise of files to the form's handler, or kept until there is one.
export function handOver(form, files) {
  if (handlers.has(form)) files.then(handlers.get(form));
  else early.set(form, [...(early.get(form) ?? []), files]);
}

// Firefox may say that files are dragged over the text in the zone.
function formOf({ target }) {
  const element = target instanceof Element ? target : target.parentElement;
  return element?.closest(".upload-zone")?.closest("[data-upload]");
}

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    const form = formOf(event);
    if (form) form.dataset.over = "";
    // Files that miss the zone by a little would be opened by the browser in place of the page.
    else if (!event.dataTransfer?.types.includes("Files") || event.target.matches?.("input[type=file]")) {
      return;
    } else if (!document.querySelector("[data-drop-anywhere]")) event.dataTransfer.dropEffect = "none";
    event.preventDefault();
  });
}

document.addEventListener("dragleave", (event) => delete formOf(event)?.dataset.over);

document.addEventListener("drop", (event) => {
  const form = formOf(event);
  if (!form) return;
  event.preventDefault();
  delete form.dataset.over;
  handOver(form, dropped(event.dataTransfer, "everything" in form.dataset));
});
