import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LabelDocument } from "#js/annotations/annotator/document.js";
import { rectangle } from "#js/annotations/annotator/geometry.js";
import { SelectTool } from "#js/annotations/annotator/select_tool.js";
import { fromServer, make } from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const large = make("box", points(0, 0, 50, 40), 1);
const small = make("polygon", points(10, 10, 20, 10, 20, 20, 10, 20), 1);
const at = (x, y, more = {}) => ({
  point: [x, y],
  screen: [x, y],
  pointerType: "mouse",
  shift: false,
  ...more,
});
const press = (place) => (tool.press(place), tool.tap(place));
let editor;
let tool;

beforeEach(() => {
  const labels = new LabelDocument();
  labels.load({ shapes: [small, large], noObject: false });
  editor = {
    labels,
    photo: { width: 100, height: 50 },
    readOnly: false,
    stage: { hidden: false, reach: () => 2, showDraft() {} },
    view: { isHidden: () => false, isLocked: () => false },
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

test("who may only look selects and moves nothing", () => {
  editor.readOnly = true;
  assert.equal(tool.press(at(15, 15)), false);
  assert.deepEqual(selected(), [small]);
});

test("a mask is moved by whole pixels and stays a mask; several outlines move together", () => {
  const outline = [
    [60, 0, 90, 0, 90, 40, 60, 40],
    [70, 10, 80, 10, 80, 20, 70, 20],
  ];
  const mask = fromServer({ category: 1, segmentation: { size: [50, 100] }, outline, bbox: null });
  editor.labels.load({ shapes: [mask], noObject: false });
  drag(at(65, 5), at(62.4, 10.6));
  const [moved] = selected();
  assert.deepEqual([moved.isMask, moved.exact], [true, null]);
  assert.deepEqual(
    moved.outlines.map(([first]) => first),
    points(57, 6, 67, 16),
  );
});

test("pressing again at the same place reaches the shape underneath", () => {
  press(at(15, 15));
  assert.deepEqual(selected(), [small]);
  press(at(16, 15));
  assert.deepEqual(selected(), [large]);
  press(at(15, 15));
  assert.deepEqual(selected(), [small]);
  press(at(19, 19));
  assert.deepEqual(selected(), [small], "another place begins with the smallest");
});

test("with Shift a drag selects what lies in the frame", () => {
  drag(at(5, 5, { shift: true }), at(12, 12, { shift: true }));
  assert.deepEqual(selected(), [small, large]);
  tool.cancel();
  drag(at(60, 5, { shift: true }), at(45, 45, { shift: true }));
  assert.deepEqual(selected(), [large]);
});

test("while the labels are hidden there is nothing to select", () => {
  editor.stage.hidden = true;
  assert.deepEqual(tool.shapesAt([15, 15]), []);
});

test("a drag that is taken away leaves everything as it was", () => {
  tool.press(at(15, 15));
  tool.drag(at(30, 15));
  tool.cancelDrag();
  tool.drop(at(30, 15));
  assert.deepEqual([editor.labels.shapes, editor.labels.canUndo], [[small, large], false]);
});
