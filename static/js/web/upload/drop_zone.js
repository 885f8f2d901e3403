// Drops onto the zones of form.js, which comes later than the page is seen: what is dropped before is kept for it.
import { dropped } from "./files.js";

const takers = new WeakMap();
const early = new WeakMap();

// ``take`` gets what files.js makes of each drop onto the form's zone, also of those that came before this call.
export function takeDrops(form, take) {
  takers.set(form, take);
  for (const files of early.get(form) ?? []) files.then(take);
  early.delete(form);
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
    } else event.dataTransfer.dropEffect = "none";
    event.preventDefault();
  });
}

document.addEventListener("dragleave", (event) => delete formOf(event)?.dataset.over);

document.addEventListener("drop", (event) => {
  const form = formOf(event);
  if (!form) return;
  event.preventDefault();
  delete form.dataset.over;
  const files = dropped(event.dataTransfer, "everything" in form.dataset);
  if (takers.has(form)) files.then(takers.get(form));
  else early.set(form, [...(early.get(form) ?? []), files]);
});
