// The points of a shape under one number each, over all of its outlines: what handles, keys and drawing count by.
import { distance, middle } from "./geometry.js";
import { withOutlines } from "./shape.js";

const MOST_CLOSE_POINTS = 200;
const NEAREST = 7; // pixels of the screen between two points on average, so that a hand can tell them apart

export const countOf = (shape) => shape.outlines.reduce((sum, outline) => sum + outline.length, 0);

// [number of the outline, number of the point in it].
export function placeOf(shape, number) {
  let at = number;
  for (const [ring, outline] of shape.outlines.entries()) {
    if (at < outline.length) return [ring, at];
    at -= outline.length;
  }
  return null;
}

export function pointOf(shape, number) {
  const place = placeOf(shape, number);
  return place && shape.outlines[place[0]][place[1]];
}

// Calls with each point, its number and the next point of its outline.
export function eachPoint(shape, call) {
  let number = 0;
  for (const outline of shape.outlines) {
    for (const [at, point] of outline.entries()) call(point, number++, outline[(at + 1) % outline.length]);
  }
}

const changed = (shape, ring, points) =>
  withOutlines(
    shape,
    shape.outlines.map((outline, index) => (index === ring ? points : outline)),
  );

// A corner of a box moves its neighbours too, so that it stays a box.
export function movePoint(shape, number, [x, y]) {
  const [ring, at] = placeOf(shape, number);
  const points = shape.outlines[ring].map((point) => [...point]);
  points[at] = [x, y];
  if (shape.kind === "box") {
    const before = points[(at + 3) % 4];
    const after = points[(at + 1) % 4];
    const flat = at % 2 === 0; // from an even corner the next one lies beside it, from an odd one below or above
    (flat ? after : before)[1] = y;
    (flat ? before : after)[0] = x;
  }
  return changed(shape, ring, points);
}

// Side 0 of a box lies between its corners 0 and 1: the upper one; 1 right, 2 lower, 3 left.
export function moveSide(shape, side, [x, y]) {
  const points = shape.outlines[0].map((point) => [...point]);
  const axis = side % 2 ? 0 : 1;
  for (const corner of [side, (side + 1) % 4]) points[corner][axis] = axis ? y : x;
  return changed(shape, 0, points);
}

export function insertPoint(shape, number, point) {
  const [ring, at] = placeOf(shape, number);
  const points = shape.outlines[ring];
  return changed(shape, ring, [...points.slice(0, at + 1), point, ...points.slice(at + 1)]);
}

// Null where the outline would have less than three.
export function removePoint(shape, number) {
  const [ring, at] = placeOf(shape, number);
  const points = shape.outlines[ring];
  return points.length > 3
    ? changed(
        shape,
        ring,
        points.filter((_point, index) => index !== at),
      )
    : null;
}

export function between(shape, number) {
  const [ring, at] = placeOf(shape, number);
  const points = shape.outlines[ring];
  return middle(points[at], points[(at + 1) % points.length]);
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
