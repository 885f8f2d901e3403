import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LabelDocument } from "#js/annotations/annotator/document.js";
import { rectangle } from "#js/annotations/annotator/geometry.js";
import { Handles } from "#js/annotations/annotator/handles.js";
import { make } from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const large = make("box", points(0, 0, 50, 40), 1);
const polygon = make("polygon", points(60, 10, 90, 10, 90, 40, 60, 40), 1);
const tiny = make("box", points(70, 20, 78, 28), 1);
const at = (x, y, more = {}) => ({ point: [x, y], pointerType: "mouse", ...more });
let editor;
let handles;

beforeEach(() => {
  const labels = new LabelDocument();
  labels.load({ shapes: [large, polygon, tiny], noObject: false });
  editor = {
    labels,
    photo: { width: 100, height: 50 },
    readOnly: false,
    stage: { hidden: false, scale: 1, reach: () => 9 },
    snapped: (point) => point,
    view: { isLocked: () => false },
  };
  handles = new Handles(editor);
});

const drag = (shape, from, to) => {
  editor.labels.select([shape.id]);
  if (!handles.grasps(from)) return null;
  handles.drag(to);
  handles.drop(to);
  return editor.labels.onlySelected.outlines[0];
};

test("a point of the one selected shape is dragged", () => {
  assert.deepEqual(drag(polygon, at(61, 11), at(55, 6)), points(55, 6, 90, 10, 90, 40, 60, 40));
  assert.equal(editor.labels.point, 0);
});

test("the mark between two points becomes a point", () => {
  assert.deepEqual(drag(polygon, at(75, 10), at(75, 5))[1], [75, 5]);
});

test("the side of a box is pulled", () => {
  assert.deepEqual(drag(large, at(52, 20), at(58, 25)), rectangle([0, 0], [58, 40]));
});

test("inside a small shape nothing is grasped, so that it can be moved; at its corner it is", () => {
  for (const [x, y] of points(74, 24, 72.5, 22.5, 75, 25, 73, 25)) {
    assert.equal(drag(tiny, at(x, y), at(0, 0)), null);
  }
  assert.deepEqual(drag(tiny, at(69, 19), at(68, 18)), rectangle([68, 18], [78, 28]));
});

test("a locked or hidden shape, and one that is only looked at, has none", () => {
  editor.view = { isLocked: () => true };
  assert.equal(drag(large, at(0, 0), at(5, 5)), null);
  Object.assign(editor, { view: { isLocked: () => false }, readOnly: true });
  assert.equal(drag(large, at(0, 0), at(5, 5)), null);
});
