// <div data-drop-anywhere="#photos" data-drop-others="#coco" data-others="json xml" hidden>: files that are dropped anywhere on
// the page go to the first form, or to the second where one with such an ending is among them. While files are dragged, the
// element covers the page.
import { handOver } from "./drop_zone.js";
import { dropped } from "./files.js";

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
  const { dropAnywhere, dropOthers, others } = cover.dataset;
  const endings = others?.split(" ") ?? [];
  const isOther = ({ name }) => endings.includes(name.split(".").pop().toLowerCase());
  const form = document.querySelector(
    [...event.dataTransfer.files].some(isOther) ? dropOthers : dropAnywhere,
  );
  const fold = form.closest("details");
  if (fold) fold.open = true;
  handOver(form, dropped(event.dataTransfer, "everything" in form.dataset));
});
