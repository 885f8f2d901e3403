// The width of brush, eraser and line in pixels of the photo: one for all, kept from photo to photo.
const PLACE = "annotator-width";
const [LEAST, MOST] = [1, 400];

const slider = () => document.getElementById("tool-width");

export const width = () => Number(slider()?.value ?? sessionStorage.getItem(PLACE) ?? 20);

function setWidth(value) {
  const kept = String(Math.round(Math.max(LEAST, Math.min(MOST, value))));
  sessionStorage.setItem(PLACE, kept);
  if (!slider()) return;
  slider().value = kept;
  for (const output of document.querySelectorAll("[data-tool-width]")) output.textContent = `${kept} px`;
}

// One step larger or smaller: a tenth, at least a pixel.
export function addTo(direction) {
  const now = width();
  setWidth(now + Math.sign(direction) * Math.max(1, Math.round(now / 10)));
}

export function addWidth(editor) {
  setWidth(Number(sessionStorage.getItem(PLACE) ?? 20));
  const follow = (change) => {
    change();
    editor.tool.show?.();
  };
  slider()?.addEventListener("input", () => follow(() => setWidth(Number(slider().value))));
  editor.onAction("width-up", () => follow(() => addTo(1)));
  editor.onAction("width-down", () => follow(() => addTo(-1)));
}
