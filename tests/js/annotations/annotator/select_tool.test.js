import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LabelDocument } from "#js/annotations/annotator/document.js";
import { rectangle } from "#js/annotations/annotator/geometry.js";
import { SelectTool, movePoint } from "#js/annotations/annotator/select_tool.js";
import { fromServer, make } from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const large = make("box", points(0, 0, 50, 40), 1);
const small = make("polygon", points(10, 10, 20, 10, 20, 20, 10, 20), 1);
const at = (x, y, more = {}) => ({ point: [x, y], pointerType: "mouse", shift: false, ...more });
let editor;
let tool;

beforeEach(() => {
  const labels = new LabelDocument();
  labels.load({ shapes: [small, large], noObject: false });
  editor = {
    labels,
    photo: { width: 100, height: 50 },
    readOnly: false,
    stage: { hidden: false, reach: () => 2 },
  };
  tool = new SelectTool(editor);
});

const selected = () => editor.labels.selectedShapes;
const drag = (from, to) => {
  assert.equal(tool.press(from), true);
  tool.drag(to);
  tool.drop(to);
};

test("of two shapes over each other the smaller one is selected, Shift adds the other", () => {
  tool.tap(at(15, 15));
  assert.deepEqual(selected(), [small]);
  tool.tap(at(40, 30, { shift: true }));
  assert.deepEqual(selected(), [small, large]);
  tool.tap(at(15, 15, { shift: true }));
  assert.deepEqual(selected(), [large]);
  tool.tap(at(90, 45));
  assert.deepEqual(selected(), []);
});

test("a drag moves a shape as one step, and not out of the photo", () => {
  drag(at(15, 15), at(-85, 25));
  const [moved] = selected();
  assert.deepEqual(moved.outlines[0], rectangle([0, 20], [10, 30]));
  editor.labels.undo();
  assert.deepEqual(editor.labels.shapes, [small, large]);
});

test("shapes that are selected together keep their distance at the edge", () => {
  editor.labels.select([small.id, large.id]);
  drag(at(15, 15), at(-85, 15));
  assert.deepEqual(
    editor.labels.shapes.map((shape) => shape.outlines[0][0]),
    points(10, 10, 0, 0),
  );
});

test("a point of the one selected shape is dragged", () => {
  editor.labels.select([small.id]);
  drag(at(11, 11), at(5, 6));
  assert.deepEqual(selected()[0].outlines[0][0], [5, 6]);
  assert.equal(editor.labels.point, 0);
});

test("the mark between two points becomes a point", () => {
  editor.labels.select([small.id]);
  drag(at(15, 10), at(15, 5));
  assert.deepEqual(selected()[0].outlines[0], points(10, 10, 15, 5, 20, 10, 20, 20, 10, 20));
});

test("who may only look selects and moves nothing", () => {
  editor.readOnly = true;
  assert.equal(tool.press(at(15, 15)), false);
  assert.deepEqual(selected(), [small]);
});

test("a mask is selected and not moved", () => {
  const mask = fromServer({
    category: 1,
    segmentation: {},
    outline: [[60, 0, 90, 0, 90, 40, 60, 40]],
    bbox: null,
  });
  editor.labels.load({ shapes: [mask], noObject: false });
  assert.equal(tool.press(at(70, 10)), false);
  assert.deepEqual(selected(), [mask]);
});

test("while the labels are hidden there is nothing to select", () => {
  editor.stage.hidden = true;
  assert.equal(tool.shapeAt([15, 15]), null);
});

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

test("a drag that is taken away leaves everything as it was", () => {
  tool.press(at(15, 15));
  tool.drag(at(30, 15));
  tool.cancelDrag();
  tool.drop(at(30, 15));
  assert.deepEqual([editor.labels.shapes, editor.labels.canUndo], [[small, large], false]);
});
