import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  BoxTool,
  EllipseTool,
  FreehandTool,
  LineTool,
  PolygonTool,
} from "#js/annotations/annotator/draw_tools.js";
import { points } from "../../points.js";

const at = (x, y) => ({ point: [x, y], pointerType: "mouse" });
let editor;
let added;
let said;

beforeEach(() => {
  [added, said] = [[], []];
  editor = {
    photo: { width: 100, height: 50 },
    currentColor: "red",
    stage: {
      scale: 1,
      reach: () => 3,
      showDraft() {},
      toPhoto: ({ x, y }) => [x, y],
      element: { clientWidth: 100, clientHeight: 50 },
    },
    addShape: (...shape) => added.push(shape),
    keepDraft() {},
    snapped: (point) => point,
    hint: (word, point) => said.push([word, point]),
    useTool: (name) => said.push(name),
  };
});

const POINTS = points(10, 10, 30, 10, 30, 30);
const tapAll = (tool, places = POINTS) => places.forEach(([x, y]) => tool.tap(at(x, y)));

test("a polygon is closed by its first point", () => {
  const tool = new PolygonTool(editor);
  tapAll(tool);
  tool.tap(at(11, 11));
  assert.deepEqual(added, [["polygon", POINTS]]);
  assert.equal(tool.busy, false);
});

test("a polygon of two points is not closed", () => {
  const tool = new PolygonTool(editor);
  tapAll(tool, POINTS.slice(0, 2));
  tool.tap(at(11, 15));
  tool.back();
  tool.finish();
  assert.deepEqual([added, said, tool.points], [[], [["three-points", POINTS[1]]], POINTS.slice(0, 2)]);
});

test("a second press on the same place, as a double click has, puts no second point", () => {
  const tool = new PolygonTool(editor);
  tapAll(tool, [...POINTS, POINTS[2]]);
  tool.double();
  assert.deepEqual(added, [["polygon", POINTS]]);
});

test("a point outside of the photo comes to its edge", () => {
  const tool = new PolygonTool(editor);
  tool.tap(at(-5, 70));
  assert.deepEqual(tool.points, [[0, 50]]);
});

test("what is too small to be meant is not added", () => {
  const tool = new PolygonTool(editor);
  tapAll(tool, points(10, 10, 20, 10, 30, 10.1));
  tool.finish();
  assert.deepEqual([added, said], [[], [["too-small", [10, 10]]]]);
  editor.stage.scale = 4;
  tapAll(tool, points(10, 10, 20, 10, 30, 10.1));
  tool.finish();
  assert.equal(added.length, 1);
});

test("a box is dragged, or given by two presses", () => {
  const tool = new BoxTool(editor);
  tool.press(at(10, 10));
  tool.drag(at(20, 15));
  tool.drop(at(40, 30));
  tapAll(tool, points(5, 5, 50, 60));
  assert.deepEqual(added, [
    ["box", points(10, 10, 40, 30)],
    ["box", points(5, 5, 50, 50)],
  ]);
});

test("a freehand line becomes a polygon of few points", () => {
  const tool = new FreehandTool(editor);
  tool.press(at(10, 10));
  for (let x = 11; x <= 40; x++) tool.drag(at(x, 10 + (x % 2) / 2));
  for (let y = 11; y <= 40; y++) tool.drag(at(40, y));
  tool.drop(at(40, 40));
  assert.deepEqual(added, [["polygon", points(10, 10, 40, 10, 40, 40)]]);
});

test("the keyboard draws: the cross begins in the middle, and puts points", () => {
  const tool = new PolygonTool(editor);
  tool.putPoint();
  assert.deepEqual([tool.cross, tool.points], [[50, 25], []]);
  for (const [dx, dy] of points(0, 0, 20, 0, 0, 20)) {
    tool.moveCross(dx, dy);
    tool.putPoint();
  }
  tool.finish();
  assert.deepEqual(added, [["polygon", points(50, 25, 70, 25, 70, 45)]]);
});

test("Escape ends the shape, and once more the tool", () => {
  const tool = new PolygonTool(editor);
  tapAll(tool);
  tool.cancel();
  assert.deepEqual([tool.busy, said], [false, []]);
  tool.cancel();
  assert.deepEqual(said, ["select"]);
});

test("an ellipse fills the box that is dragged, with points that lie close", () => {
  const tool = new EllipseTool(editor);
  tool.press(at(10, 10));
  tool.drag(at(20, 15));
  tool.drop(at(50, 30));
  const [[kind, outline]] = added;
  assert.equal(kind, "polygon");
  for (const [x, y] of outline) assert.ok(Math.abs(((x - 30) / 20) ** 2 + ((y - 20) / 10) ** 2 - 1) < 1e-9);
});

test("a line of two points is finished, and pressing its first point closes nothing", () => {
  const lines = [];
  const tool = new LineTool(editor);
  tool.complete = (line) => lines.push(line);
  tapAll(tool, POINTS);
  tool.tap(at(10.5, 19));
  tool.double();
  assert.deepEqual(lines, [[...POINTS, [10.5, 19]]]);
});

test("a drag with the polygon tool is its own: its end is a point, and a second finger leaves the others", () => {
  const tool = new PolygonTool(editor);
  assert.equal(tool.press(at(10, 10)), true);
  tool.drag(at(20, 10));
  tool.drop(at(30, 10));
  assert.deepEqual(tool.points, [[30, 10]]);
  tool.press(at(50, 10));
  tool.cancelDrag();
  assert.deepEqual(tool.points, [[30, 10]]);
});

test("points that snap stand where the editor says", () => {
  editor.snapped = ([x, y]) => [x + 1, y];
  const tool = new PolygonTool(editor);
  tool.tap(at(10, 10));
  assert.deepEqual(tool.points, [[11, 10]]);
});
