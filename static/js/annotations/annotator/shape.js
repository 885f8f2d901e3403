// A shape never changes: an edit makes another object, so that undo keeps the old ones and drawings are cached by it.
// «box» has its four corners; «polygon» is one outline; «region» has several outlines, of which the even-odd rule decides
// what is inside (parts and holes), or came as a mask. «exact» is how the server has it, until the shape is edited.
import { area, bounds, contains, flats, pairs, rectangle, shifted } from "./geometry.js";

const NEW = { suggested: false, isMask: false, isCrowd: false, exact: null };
let next = 1;
const hundredths = (value) => Math.round(value * 100) / 100;

// What is computed of a shape, once.
export function cached(compute) {
  const known = new WeakMap();
  return (shape) => {
    if (!known.has(shape)) known.set(shape, compute(shape));
    return known.get(shape);
  };
}

// A box that was drawn here has no segmentation yet, a mask that was kept here no outline: both are seen as their box.
export function fromServer(item) {
  const { category, suggested = false, segmentation, bbox, iscrowd = false, is_box: isBox = false } = item;
  const isMask = Boolean(item.mask || (segmentation && !Array.isArray(segmentation)));
  const flat = item.outline ?? (isBox || isMask ? [boxOf(bbox)] : segmentation);
  const outlines = flat.map(pairs);
  const plain = outlines.length === 1 && !isMask && !iscrowd;
  const isAsStored = segmentation || (isBox && bbox);
  return {
    ...fromRings(outlines, category),
    kind: isBox ? "box" : plain ? "polygon" : "region",
    suggested,
    isMask,
    isCrowd: iscrowd,
    exact: isAsStored ? { segmentation: isBox ? null : segmentation, bbox, iscrowd, is_box: isBox } : null,
  };
}

const boxOf = ([x, y, w, h]) => [x, y, x + w, y, x + w, y + h, x, y + h];

// A new one; «points» of a box are any two opposite corners, or all four.
export function make(kind, points, category, { suggested = false } = {}) {
  const corners = kind === "box" ? rectangle(points[0], points[2] ?? points[1]) : points;
  return { ...fromRings([corners], category), kind, suggested };
}

// A new one of several outlines, as the server answers an operation.
export function fromRings(outlines, category) {
  const kind = outlines.length === 1 ? "polygon" : "region";
  return { ...NEW, id: next++, kind, category, outlines };
}

export const withOutlines = (shape, outlines) => ({ ...shape, outlines, exact: null });
// What an operation made of a shape: it is no box and no mask any more.
export const reshaped = (shape, outlines) => ({ ...fromRings(outlines, shape.category), id: shape.id });
export const withCategory = (shape, category) => ({ ...shape, category });
export const copyOf = (shape) => ({ ...shape, id: next++ });

// Moved inside the photo; a mask by whole pixels, so that it stays the same mask.
export function movedBy(shape, dx, dy, photo) {
  const [x, y] = shape.isMask ? [Math.round(dx), Math.round(dy)] : [dx, dy];
  return withOutlines(shape, shifted(shape.outlines, x, y, photo));
}

export const boundsOf = cached((shape) => bounds(shape.outlines.flat()));

// Holes count: outlines that lie inside others are taken away.
export const areaOf = cached(({ outlines }) =>
  outlines.reduce((sum, outline) => {
    const depth = outlines.filter((other) => other !== outline && contains(other, outline[0])).length;
    return sum + (depth % 2 ? -1 : 1) * area(outline);
  }, 0),
);

export function covers(shape, point) {
  const [left, top, right, bottom] = boundsOf(shape);
  if (point[0] < left || point[0] > right || point[1] < top || point[1] > bottom) return false;
  return shape.outlines.reduce((inside, outline) => inside !== contains(outline, point), false);
}

export const toServer = cached(asSent);

function asSent(shape) {
  const { kind, category, suggested, exact, isCrowd: iscrowd } = shape;
  if (exact) return { category, suggested, ...exact };
  const plain = { category, suggested, segmentation: null, bbox: null, iscrowd, is_box: false };
  if (kind === "box") {
    const [left, top, right, bottom] = boundsOf(shape).map(hundredths);
    return { ...plain, bbox: [left, top, hundredths(right - left), hundredths(bottom - top)], is_box: true };
  }
  const outline = flats(shape.outlines).map((flat) => flat.map(hundredths));
  return kind === "polygon" ? { ...plain, segmentation: outline } : { ...plain, outline, mask: shape.isMask };
}

// To be kept in this browser and drawn again: a mask with its outlines.
export const toRecord = (shape) =>
  shape.kind === "region" ? { ...toServer(shape), outline: flats(shape.outlines) } : toServer(shape);

// The labels of an answer, without its version.
export const labelsOf = ({ shapes, no_object }) => ({ shapes, no_object });

export const keyOf = ({ category, segmentation, outline, bbox, is_box: isBox }) =>
  JSON.stringify([category, isBox ? bbox : (segmentation ?? outline)]);

// Compares labels whatever their source; tells a conflict from an answer that got lost.
export function sameLabels(one, other) {
  const key = ({ shapes, no_object: noObject }) => JSON.stringify([noObject, shapes.map(keyOf)]);
  return key(one) === key(other);
}
