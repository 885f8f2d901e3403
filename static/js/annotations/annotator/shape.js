// A shape never changes: an edit makes another object, so that undo keeps the old ones and drawings are cached by it.
// «polygon» and «box» can be edited by points (a box has its four corners); «fixed» (a mask, or several outlines) is
// shown and kept exactly as it came. «exact» is how the server sent it, until its points are edited.
import { area, bounds, contains, pairs, rectangle } from "./geometry.js";

let next = 1;
const hundredths = (value) => Math.round(value * 100) / 100;

export function fromServer(item) {
  const outlines = (item.outline ?? item.segmentation).map(pairs);
  const one = outlines.length === 1 && !item.outline && !item.iscrowd;
  return {
    id: next++,
    kind: item.is_box ? "box" : one ? "polygon" : "fixed",
    category: item.category,
    outlines,
    suggested: item.suggested,
    exact: {
      segmentation: item.is_box ? null : item.segmentation,
      bbox: item.bbox,
      iscrowd: item.iscrowd,
      is_box: item.is_box,
    },
  };
}

// A new one; «points» of a box are any two opposite corners, or all four.
export function make(kind, points, category, { suggested = false } = {}) {
  const corners = kind === "box" ? rectangle(points[0], points[points.length === 4 ? 2 : 1]) : points;
  return { id: next++, kind, category, outlines: [corners], suggested, exact: null };
}

export const withPoints = (shape, points) => ({ ...shape, outlines: [points], exact: null });
export const withCategory = (shape, category) => ({ ...shape, category });
export const copyOf = (shape) => ({ ...shape, id: next++ });
export const isEditable = (shape) => shape.kind !== "fixed";
export const boundsOf = (shape) => bounds(shape.outlines.flat());
export const areaOf = (shape) => shape.outlines.reduce((sum, outline) => sum + area(outline), 0);

// A hole of a fixed shape is a part of its outline that runs the other way: the even-odd rule decides what is inside.
export function covers(shape, point) {
  const [left, top, right, bottom] = boxCache(shape);
  if (point[0] < left || point[0] > right || point[1] < top || point[1] > bottom) return false;
  return shape.outlines.reduce((inside, outline) => inside !== contains(outline, point), false);
}

const boxes = new WeakMap();
function boxCache(shape) {
  if (!boxes.has(shape)) boxes.set(shape, boundsOf(shape));
  return boxes.get(shape);
}

export function toServer(shape) {
  const { category, suggested, exact } = shape;
  if (exact) return { category, suggested, ...exact };
  const [points] = shape.outlines;
  if (shape.kind === "box") {
    const [left, top, right, bottom] = bounds(points).map(hundredths);
    return {
      category,
      suggested,
      segmentation: null,
      bbox: [left, top, hundredths(right - left), hundredths(bottom - top)],
      iscrowd: false,
      is_box: true,
    };
  }
  return {
    category,
    suggested,
    segmentation: [points.flat().map(hundredths)],
    bbox: null,
    iscrowd: false,
    is_box: false,
  };
}

// Compares labels whatever their source; tells a conflict from an answer that got lost.
export function sameLabels(one, other) {
  const key = ({ shapes, no_object }) =>
    JSON.stringify([
      no_object,
      shapes.map(({ category, segmentation, bbox, is_box }) => [category, is_box ? bbox : segmentation]),
    ]);
  return key(one) === key(other);
}
