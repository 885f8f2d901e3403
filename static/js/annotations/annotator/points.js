// The points of a shape under one number each, over all of its outlines: what handles, keys and drawing count by.
import { distance, middle, onSegment, rectangle } from "./geometry.js";
import { boundsOf, withOutlines } from "./shape.js";

const MOST_CLOSE_POINTS = 200;
const NEAREST = 7; // pixels of the screen between two points on average, so that a hand can tell them apart

export const countOf = (shape) => shape.outlines.reduce((sum, outline) => sum + outline.length, 0);

// [number of the outline, number of the point in it, the points of that outline].
export function placeOf(shape, number) {
  let at = number;
  for (const [ring, outline] of shape.outlines.entries()) {
    if (at < outline.length) return [ring, at, outline];
    at -= outline.length;
  }
  return null;
}

export function pointOf(shape, number) {
  const [, at, points] = placeOf(shape, number) ?? [];
  return points?.[at] ?? null;
}

// Calls with each point, its number and the next point of its outline.
export function eachPoint(shape, call) {
  let number = 0;
  for (const outline of shape.outlines) {
    for (const [at, point] of outline.entries()) call(point, number++, outline[(at + 1) % outline.length]);
  }
}

const changed = (shape, ring, points) => withOutlines(shape, shape.outlines.with(ring, points));

// Of a box the opposite corner stays.
export function movePoint(shape, number, to) {
  const [ring, at, points] = placeOf(shape, number);
  if (shape.kind === "box") return changed(shape, ring, rectangle(points[(at + 2) % 4], to));
  return changed(shape, ring, points.with(at, to));
}

// Side 0 of a box lies between its corners 0 and 1: the upper one; 1 right, 2 lower, 3 left.
export function moveSide(shape, side, [x, y]) {
  const [points] = shape.outlines;
  const corner = side % 2 ? [x, points[side][1]] : [points[side][0], y];
  return changed(shape, 0, rectangle(points[(side + 2) % 4], corner));
}

// Behind this point: in the middle of the way to the next one, or elsewhere.
export function insertPoint(shape, number, elsewhere = null) {
  const [ring, at, points] = placeOf(shape, number);
  const point = elsewhere ?? middle(points[at], points[(at + 1) % points.length]);
  return changed(shape, ring, points.toSpliced(at + 1, 0, point));
}

// Null where the outline would have less than three.
export function removePoint(shape, number) {
  const [ring, at, points] = placeOf(shape, number);
  return points.length > 3 ? changed(shape, ring, points.toSpliced(at, 1)) : null;
}

// Whether points lie so far apart on the screen that they are shown and can be grasped; a mask shows its own when it is
// seen near enough.
export function areHandles(shape, scale) {
  const count = countOf(shape);
  if (count <= MOST_CLOSE_POINTS && !shape.isMask) return true;
  let length = 0;
  eachPoint(shape, (point, _number, next) => (length += distance(point, next)));
  return (length * scale) / count >= NEAREST;
}

// The place on the border of a shape that a point snaps to, a point of the border first, within «reach» pixels of the
// photo; the point itself where nothing is near.
export function snap(point, shapes, reach) {
  let corner = { far: reach, at: null };
  let side = { far: reach, at: null };
  for (const shape of shapes) {
    const [left, top, right, bottom] = boundsOf(shape);
    const [x, y] = point;
    if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) continue;
    eachPoint(shape, (one, _number, next) => {
      const far = distance(point, one);
      if (far < corner.far) corner = { far, at: one };
      const place = onSegment(point, one, next);
      const beside = distance(point, place);
      if (beside < side.far) side = { far: beside, at: place };
    });
  }
  return corner.at ?? side.at ?? point;
}
