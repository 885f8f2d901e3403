import assert from "node:assert/strict";
import { test } from "node:test";
import { asDrawn, ofBoth } from "#js/annotations/annotator/conflict.js";
import { fromServer } from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const BBOX = [1, 2, 3, 4];
const AROUND = points(1, 2, 4, 2, 4, 6, 1, 6);

test("a box that was drawn here is drawn as its box", () => {
  const item = { category: 1, segmentation: null, bbox: BBOX, is_box: true };
  const shape = fromServer(asDrawn(item));
  assert.deepEqual([shape.kind, shape.outlines], ["box", [AROUND]]);
});

test("a mask that was kept without its outline is drawn as its box", () => {
  const item = { category: 1, segmentation: { size: [9, 9], counts: "x" }, bbox: BBOX, is_box: false };
  const shape = fromServer(asDrawn(item));
  assert.deepEqual(
    [shape.kind, shape.outlines, shape.exact.segmentation],
    ["region", [AROUND], item.segmentation],
  );
});

test("what has an outline is drawn by it", () => {
  const polygon = { category: 1, segmentation: [[0, 0, 9, 0, 0, 9]], bbox: BBOX, is_box: false };
  const mask = { ...polygon, segmentation: { size: [9, 9] }, outline: [[0, 0, 9, 0, 0, 9]] };
  assert.equal(asDrawn(polygon), polygon);
  assert.equal(asDrawn(mask), mask);
});

const box = (x) => ({ category: 1, segmentation: null, bbox: [x, 0, 5, 5], is_box: true });

test("of both: what one moved or deleted is not there twice, what both changed is", () => {
  const [one, two, three] = [box(1), box(2), box(3)];
  assert.deepEqual(ofBoth([one, two, three], [box(10), two, box(30)], [one, box(20), box(31)]), [
    box(20),
    box(31),
    box(10),
    box(30),
  ]);
  assert.deepEqual(ofBoth([one, two], [one], [one, two, three]), [one, three]);
  assert.deepEqual(ofBoth([], [one], [two]), [two, one]);
});
