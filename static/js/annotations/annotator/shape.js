// A shape never changes: an edit makes another object, so that undo keeps the old ones and drawings are cached by it.
// «box» has its four corners; «polygon» is one outline; «region» has several outlines, of which the even-odd rule decides
// what is inside (parts and holes), or came as a mask. «exact» is how the server has it, until the shape is edited.
import { area, bounds, contains, pairs, rectangle, shifted } from "./geometry.js";

let next = 1;
const hundredths = (value) => Math.round(value * 100) / 100;

export function fromServer(item) {
  const { category, suggested, segmentation, bbox, iscrowd = false, is_box: isBox } = item;
  const outlines = (item.outline ?? segmentation).map(pairs);
  const isMask = item.mask ?? (Boolean(segmentation) && !Array.isArray(segmentation));
  const plain = outlines.length === 1 && !isMask && !iscrowd;
  return {
    ...fromRings(outlines, category),
    kind: isBox ? "box" : plain ? "polygon" : "region",
    suggested,
    isMask,
    isCrowd: iscrowd,
    exact: segmentation ? { segmentation: isBox ? null : segmentation, bbox, iscrowd, is_box: isBox } : null,
  };
}

// A new one; «points» of a box are any two opposite corners, or all four.
export function make(kind, points, category, { suggested = false } = {}) {
  const corners = kind === "box" ? rectangle(points[0], points[points.length === 4 ? 2 : 1]) : points;
  return { ...fromRings([corners], category), kind, suggested };
}

// A new one of several outlines, as the server answers an operation.
export function fromRings(outlines, category) {
  const kind = outlines.length === 1 ? "polygon" : "region";
  return {
    id: next++,
    kind,
    category,
    outlines,
    suggested: false,
    isMask: false,
    isCrowd: false,
    exact: null,
  };
}

export const withOutlines = (shape, outlines) => ({ ...shape, outlines, exact: null });
// What an operation made of a shape: it is no box and no mask any more.
export const reshaped = (shape, outlines) => ({ ...fromRings(outlines, shape.category), id: shape.id });
export const withCategory = (shape, category) => ({ ...shape, category });
export const copyOf = (shape) => ({ ...shape, id: next++ });
export const boundsOf = (shape) => boxCache(shape);

// Moved inside the photo; a mask by whole pixels, so that it stays the same mask.
export function movedBy(shape, dx, dy, photo) {
  const [x, y] = shape.isMask ? [Math.round(dx), Math.round(dy)] : [dx, dy];
  return withOutlines(shape, shifted(shape.outlines, x, y, photo));
}

const areas = new WeakMap();
// Holes count: outlines that lie inside others are taken away.
export function areaOf(shape) {
  if (!areas.has(shape)) {
    const whole = shape.outlines.reduce((sum, outline, index) => {
      const depth = shape.outlines.filter((other, at) => at !== index && contains(other, outline[0])).length;
      return sum + (depth % 2 ? -1 : 1) * area(outline);
    }, 0);
    areas.set(shape, whole);
  }
  return areas.get(shape);
}

export function covers(shape, point) {
  const [left, top, right, bottom] = boxCache(shape);
  if (point[0] < left || point[0] > right || point[1] < top || point[1] > bottom) return false;
  return shape.outlines.reduce((inside, outline) => inside !== contains(outline, point), false);
}

const boxes = new WeakMap();
function boxCache(shape) {
  if (!boxes.has(shape)) boxes.set(shape, bounds(shape.outlines.flat()));
  return boxes.get(shape);
}

const sent = new WeakMap();
export function toServer(shape) {
  if (!sent.has(shape)) sent.set(shape, asSent(shape));
  return sent.get(shape);
}

function asSent(shape) {
  const { category, suggested, exact } = shape;
  if (exact) return { category, suggested, ...exact };
  const plain = {
    category,
    suggested,
    segmentation: null,
    bbox: null,
    iscrowd: shape.isCrowd,
    is_box: false,
  };
  if (shape.kind === "box") {
    const [left, top, right, bottom] = boundsOf(shape).map(hundredths);
    return { ...plain, bbox: [left, top, hundredths(right - left), hundredths(bottom - top)], is_box: true };
  }
  const flat = shape.outlines.map((points) => points.flat().map(hundredths));
  if (shape.kind === "polygon") return { ...plain, segmentation: flat };
  return { ...plain, outline: flat, mask: shape.isMask };
}

// To be kept in this browser and drawn again: a mask with its outlines.
export const toRecord = (shape) =>
  shape.kind === "region"
    ? { ...toServer(shape), outline: shape.outlines.map((points) => points.flat()) }
    : toServer(shape);

// The labels of an answer, without its version.
export const labelsOf = ({ shapes, no_object }) => ({ shapes, no_object });

export const keyOf = ({ category, segmentation, outline, bbox, is_box: isBox }) =>
  JSON.stringify([category, isBox ? bbox : (segmentation ?? outline)]);

// Compares labels whatever their source; tells a conflict from an answer that got lost.
export function sameLabels(one, other) {
  const key = ({ shapes, no_object: noObject }) => JSON.stringify([noObject, shapes.map(keyOf)]);
  return key(one) === key(other);
}
