import assert from "node:assert/strict";
import { test } from "node:test";
import { rectangle } from "#js/annotations/annotator/geometry.js";
import {
  areHandles,
  insertPoint,
  movePoint,
  moveSide,
  placeOf,
  pointOf,
  removePoint,
} from "#js/annotations/annotator/points.js";
import { fromRings, make } from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const ring = fromRings([points(0, 0, 90, 0, 90, 90, 0, 90), points(30, 30, 60, 30, 60, 60)], 1);

test("a corner of a box takes its neighbours along", () => {
  const box = make("box", points(0, 0, 10, 10), 1);
  for (const [index, expected] of [
    [0, rectangle([2, 3], [10, 10])],
    [1, points(0, 3, 2, 3, 2, 10, 0, 10)],
    [2, points(0, 0, 2, 0, 2, 3, 0, 3)],
    [3, points(2, 0, 10, 0, 10, 3, 2, 3)],
  ]) {
    assert.deepEqual(movePoint(box, index, [2, 3]).outlines[0], expected);
  }
});

test("a side of a box is pulled", () => {
  const box = make("box", points(0, 0, 10, 10), 1);
  const sides = [0, 1, 2, 3].map((side) => moveSide(box, side, [7, 8]).outlines[0]);
  assert.deepEqual(sides, [
    rectangle([0, 8], [10, 10]),
    rectangle([0, 0], [7, 10]),
    rectangle([0, 0], [10, 8]),
    rectangle([7, 0], [10, 10]),
  ]);
});

test("points of all outlines are counted through", () => {
  const [whole, part] = ring.outlines;
  assert.deepEqual(
    [3, 5, 7].map((number) => placeOf(ring, number)),
    [[0, 3, whole], [1, 1, part], null],
  );
  assert.deepEqual(pointOf(ring, 5), [60, 30]);
  assert.deepEqual(movePoint(ring, 5, [70, 30]).outlines, [ring.outlines[0], points(30, 30, 70, 30, 60, 60)]);
  assert.deepEqual(insertPoint(ring, 6, [40, 50]).outlines[1], points(30, 30, 60, 30, 60, 60, 40, 50));
  assert.equal(removePoint(ring, 5), null, "an outline needs three");
  assert.deepEqual(removePoint(ring, 0).outlines[0], points(90, 0, 90, 90, 0, 90));
});

test("the corners of a mask are handles when they are seen apart", () => {
  const mask = { ...ring, isMask: true };
  assert.equal(areHandles(mask, 1), true);
  assert.equal(areHandles(mask, 0.1), false);
});
