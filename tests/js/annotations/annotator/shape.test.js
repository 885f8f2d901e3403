import assert from "node:assert/strict";
import { test } from "node:test";
import {
  areaOf,
  copyOf,
  covers,
  fromServer,
  make,
  movedBy,
  reshaped,
  sameLabels,
  toServer,
  withCategory,
  withOutlines,
} from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const POLYGON = {
  category: 3,
  segmentation: [[0, 0, 10, 0, 0, 10]],
  bbox: [0, 0, 10, 10],
  iscrowd: false,
  is_box: false,
  suggested: false,
};
const BOX = { ...POLYGON, segmentation: [[1, 2, 4, 2, 4, 6, 1, 6]], bbox: [1, 2, 3, 4], is_box: true };

test("one outline is a polygon; several, a mask or a crowd are regions", () => {
  assert.equal(fromServer(POLYGON).kind, "polygon");
  assert.equal(fromServer(BOX).kind, "box");
  assert.equal(fromServer({ ...POLYGON, iscrowd: true }).kind, "region");
  const [outline] = POLYGON.segmentation;
  assert.equal(fromServer({ ...POLYGON, segmentation: [outline, outline] }).kind, "region");
  const mask = { ...POLYGON, segmentation: { size: [9, 9], counts: "x" }, outline: [outline] };
  assert.equal(fromServer(mask).kind, "region");
});

test("what nobody edited goes back as it came", () => {
  for (const item of [POLYGON, { ...POLYGON, segmentation: [[0.12345, 0, 10, 0, 0, 10]], iscrowd: true }]) {
    assert.deepEqual(toServer(fromServer(item)), item);
  }
  assert.deepEqual(toServer(fromServer(BOX)), { ...BOX, segmentation: null });
});

test("another category leaves the outline exactly as it came; other points do not", () => {
  const shape = fromServer({ ...POLYGON, segmentation: [[0.12345, 0, 10, 0, 0, 10]] });
  assert.deepEqual(toServer(withCategory(shape, 5)).segmentation, [[0.12345, 0, 10, 0, 0, 10]]);
  const edited = withOutlines(shape, [[[1.23456, 0], ...shape.outlines[0].slice(1)]]);
  assert.deepEqual(toServer(edited).segmentation, [[1.23, 0, 10, 0, 0, 10]]);
  assert.equal(toServer(edited).bbox, null);
});

test("a box from two corners, whichever they are, is left, top, width, height", () => {
  const box = make("box", points(5.005, 9, 2, 4.001), 1);
  assert.deepEqual(toServer(box), {
    category: 1,
    suggested: false,
    segmentation: null,
    bbox: [2, 4, 3.01, 5],
    iscrowd: false,
    is_box: true,
  });
});

test("a hole is not covered", () => {
  const ring = fromServer({
    ...POLYGON,
    segmentation: [
      [0, 0, 10, 0, 10, 10, 0, 10],
      [3, 3, 3, 7, 7, 7, 7, 3],
    ],
  });
  assert.equal(covers(ring, [1, 5]), true);
  assert.equal(covers(ring, [5, 5]), false);
  assert.equal(covers(ring, [20, 5]), false);
});

test("a copy has an id of its own", () => {
  const shape = fromServer(POLYGON);
  assert.notEqual(copyOf(shape).id, shape.id);
  assert.deepEqual(copyOf(shape).outlines, shape.outlines);
});

test("labels are the same by category and outline, not by how they were kept", () => {
  const labels = (...shapes) => ({ shapes, no_object: false });
  assert.equal(sameLabels(labels(POLYGON), labels({ ...POLYGON, id: 7, suggested: true })), true);
  assert.equal(sameLabels(labels(BOX), labels({ ...BOX, segmentation: null })), true);
  assert.equal(sameLabels(labels(POLYGON), labels({ ...POLYGON, category: 4 })), false);
  assert.equal(sameLabels(labels(BOX), labels({ ...BOX, bbox: [1, 2, 3, 5] })), false);
  assert.equal(sameLabels(labels(), { shapes: [], no_object: true }), false);
});

test("what was edited of several outlines goes to the server as outlines, a mask as a mask", () => {
  const outline = [
    [0, 0, 10, 0, 10, 10, 0, 10],
    [3, 3, 7, 3, 7, 7, 3, 7],
  ];
  const mask = fromServer({ ...POLYGON, segmentation: { size: [20, 20], counts: "x" }, outline });
  assert.equal(areaOf(mask), 84);
  const sent = toServer(movedBy(mask, 1.2, 0, { width: 20, height: 20 }));
  assert.deepEqual(
    [sent.segmentation, sent.mask, sent.outline[0]],
    [null, true, [1, 0, 11, 0, 11, 10, 1, 10]],
  );
  const parts = toServer(reshaped(mask, mask.outlines));
  assert.deepEqual([parts.mask, parts.outline], [false, outline]);
});

const BBOX = [1, 2, 3, 4];
const AROUND = points(1, 2, 4, 2, 4, 6, 1, 6);

test("a box that was drawn here is drawn as its box", () => {
  const item = { category: 1, segmentation: null, bbox: BBOX, is_box: true };
  const shape = fromServer(item);
  assert.deepEqual([shape.kind, shape.outlines], ["box", [AROUND]]);
});

test("a mask that was kept without its outline is drawn as its box", () => {
  const item = { category: 1, segmentation: { size: [9, 9], counts: "x" }, bbox: BBOX, is_box: false };
  const shape = fromServer(item);
  assert.deepEqual(
    [shape.kind, shape.outlines, shape.exact.segmentation],
    ["region", [AROUND], item.segmentation],
  );
});

test("what has an outline is drawn by it", () => {
  const outline = [[0, 0, 9, 0, 0, 9]];
  const mask = { category: 1, segmentation: { size: [9, 9] }, outline, bbox: BBOX, is_box: false };
  assert.deepEqual(fromServer(mask).outlines, [points(0, 0, 9, 0, 0, 9)]);
});
