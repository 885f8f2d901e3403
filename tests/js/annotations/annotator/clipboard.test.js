import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { copied, copy } from "#js/annotations/annotator/clipboard.js";
import { fromServer, make } from "#js/annotations/annotator/shape.js";
import { install, storage } from "../../browser.js";
import { points } from "../../points.js";

const PHOTO = { width: 100, height: 50 };
const triangle = make("polygon", points(0, 0, 90, 0, 0, 40), 1);
const mask = fromServer({
  category: 1,
  segmentation: { size: [50, 100], counts: "abc" },
  outline: [[0, 0, 9, 0, 0, 9]],
  bbox: [0, 0, 9, 9],
  iscrowd: true,
  is_box: false,
  suggested: false,
});
const everyCategory = () => true;

beforeEach(() => install({ sessionStorage: storage() }));

test("a copy has the outline and category, and an id of its own", () => {
  copy([triangle]);
  const { shapes, lost } = copied(PHOTO, everyCategory);
  assert.equal(lost, 0);
  assert.deepEqual(
    [shapes[0].kind, shapes[0].category, shapes[0].outlines],
    ["polygon", 1, triangle.outlines],
  );
  assert.notEqual(shapes[0].id, triangle.id);
});

test("a box stays a box", () => {
  copy([make("box", points(10, 10, 30, 20), 1)]);
  const [box] = copied(PHOTO, everyCategory).shapes;
  assert.equal(box.kind, "box");
  assert.deepEqual(box.outlines[0], points(10, 10, 30, 10, 30, 20, 10, 20));
});

test("what does not fit on the photo, or has no category there, is left out and counted", () => {
  copy([triangle, make("box", points(0, 0, 90, 45), 2), make("box", points(0, 0, 5, 5), 1)]);
  assert.deepEqual(counts(copied({ width: 50, height: 50 }, everyCategory)), [1, 2]);
  assert.deepEqual(counts(copied(PHOTO, (category) => category === 2)), [1, 2]);
});

test("a mask fits a photo of its own size alone, with its outline", () => {
  copy([mask]);
  assert.deepEqual(counts(copied({ width: 200, height: 200 }, everyCategory)), [0, 1]);
  const [shape] = copied(PHOTO, everyCategory).shapes;
  assert.deepEqual(
    [shape.kind, shape.outlines, shape.exact.segmentation],
    ["region", mask.outlines, mask.exact.segmentation],
  );
});

const counts = ({ shapes, lost }) => [shapes.length, lost];
