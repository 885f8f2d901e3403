// The rows of the suggestions: each holds what it suggests.
import { pairs } from "../annotations/annotator/geometry.js";
import { fromServer } from "../annotations/annotator/shape.js";

// As an overlay of the stage.
export function drawingOf(row, strong) {
  const name = row.querySelector(".label-name").textContent;
  return {
    outlines: JSON.parse(row.dataset.outlines).map(pairs),
    color: row.dataset.color,
    dashed: true,
    strong,
    label: `${name} ${Math.round(100 * row.dataset.score)} %`,
  };
}

// As a label.
export const shapeOf = ({ dataset }) =>
  fromServer({
    category: Number(dataset.categoryId),
    segmentation: JSON.parse(dataset.outlines),
    bbox: null,
    iscrowd: false,
    is_box: false,
    suggested: true,
  });

// Back into the list, in the order of the scores.
export function insert(row, list) {
  const isWorse = (other) => Number(other.dataset.score) < Number(row.dataset.score);
  if (list) list.insertBefore(row, [...list.children].find(isWorse) ?? null);
}
