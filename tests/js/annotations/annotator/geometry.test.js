import assert from "node:assert/strict";
import { test } from "node:test";
import {
  area,
  bounds,
  clamp,
  contains,
  shifted,
  pairs,
  rectangle,
  simplify,
} from "#js/annotations/annotator/geometry.js";
import { points } from "../../points.js";

const SQUARE = rectangle([10, 10], [20, 20]);
const PHOTO = { width: 100, height: 50 };

test("a flat list becomes points", () => {
  assert.deepEqual(pairs([1, 2, 3, 4]), [
    [1, 2],
    [3, 4],
  ]);
});

test("bounds are left, top, right, bottom", () => {
  assert.deepEqual(bounds(points(5, 9, 1, 7, 3, 12)), [1, 7, 5, 12]);
});

test("the area is the same whichever way the outline runs", () => {
  const triangle = points(0, 0, 4, 0, 0, 3);
  assert.equal(area(triangle), 6);
  assert.equal(area(triangle.toReversed()), 6);
});

test("a rectangle begins at its upper left corner, whichever corners it was drawn from", () => {
  for (const [one, other] of [points(10, 10, 20, 20), points(20, 10, 10, 20)]) {
    assert.deepEqual(rectangle(one, other), points(10, 10, 20, 10, 20, 20, 10, 20));
  }
});

test("a notch of an outline is outside of it", () => {
  const notched = points(0, 0, 10, 0, 10, 10, 5, 2, 0, 10);
  assert.equal(contains(notched, [1, 5]), true);
  assert.equal(contains(notched, [5, 8]), false);
  assert.equal(contains(notched, [11, 5]), false);
});

test("a point outside of the photo comes to its edge", () => {
  assert.deepEqual(clamp([-3, 60], PHOTO), [0, 50]);
  assert.deepEqual(clamp([130, 20], PHOTO), [100, 20]);
});

test("a shape stops at the edge of the photo and keeps its form", () => {
  assert.deepEqual(shifted([SQUARE], -30, 100, PHOTO), [rectangle([0, 40], [10, 50])]);
  assert.deepEqual(shifted([SQUARE], 300, -90, PHOTO), [rectangle([90, 0], [100, 10])]);
  assert.deepEqual(shifted([SQUARE], 5, 1, PHOTO), [rectangle([15, 11], [25, 21])]);
});

test("simplify drops points within the tolerance and keeps corners", () => {
  const line = points(0, 0, 5, 0.4, 10, 0, 10, 10);
  assert.deepEqual(simplify(line, 0.5), [line[0], line[2], line[3]]);
  assert.deepEqual(simplify(line, 0.3), line);
});

test("simplify measures to the stretch between two points, not to the line beyond them", () => {
  const back = points(0, 0, 20, 0, 10, 0);
  assert.deepEqual(simplify(back, 5), back);
});
