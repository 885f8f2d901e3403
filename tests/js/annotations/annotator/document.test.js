import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LabelDocument } from "#js/annotations/annotator/document.js";
import { make, withOutlines } from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const triangle = () => make("polygon", points(0, 0, 9, 0, 0, 9), 1);
let labels;
let events;

beforeEach(() => {
  labels = new LabelDocument();
  events = [];
  for (const name of ["change", "preview", "load", "selection", "decision"]) {
    labels.addEventListener(name, () => events.push(name));
  }
});

test("each step can be taken back and done again", () => {
  const [one, other] = [triangle(), triangle()];
  labels.add([one]);
  labels.add([other]);
  labels.remove(new Set([one.id]));
  assert.deepEqual(labels.shapes, [other]);
  labels.undo();
  assert.deepEqual(labels.shapes, [one, other]);
  labels.undo();
  labels.undo();
  assert.deepEqual([labels.shapes, labels.canUndo, labels.canRedo], [[], false, true]);
  labels.redo();
  assert.deepEqual(labels.shapes, [one]);
});

test("a new step ends what could be done again", () => {
  labels.add([triangle()]);
  labels.undo();
  labels.add([triangle()]);
  assert.equal(labels.canRedo, false);
});

test("shapes and the mark «no object here» exclude each other", () => {
  labels.commit([], { noObject: true });
  labels.add([triangle()]);
  assert.equal(labels.noObject, false);
  labels.undo();
  assert.equal(labels.noObject, true);
});

test("what is added is selected", () => {
  const shapes = [triangle(), triangle()];
  labels.add(shapes);
  assert.deepEqual(labels.selectedShapes, shapes);
  assert.equal(labels.onlySelected, null);
  labels.select([shapes[1].id], 2);
  assert.deepEqual([labels.onlySelected, labels.point], [shapes[1], 2]);
});

test("what is gone is not selected, nor a point that is gone", () => {
  const shape = triangle();
  labels.add([shape]);
  labels.select([shape.id], 2);
  labels.update([withOutlines(shape, [shape.outlines[0].slice(0, 2)])]);
  assert.equal(labels.point, 1);
  labels.undo();
  labels.undo();
  assert.deepEqual([labels.selected.size, labels.point], [0, null]);
});

test("a drag is seen and not yet a step", () => {
  const shape = triangle();
  labels.add([shape]);
  events = [];
  const dragged = withOutlines(shape, [[[1, 1], ...shape.outlines[0].slice(1)]]);
  labels.update([dragged], { commit: false });
  assert.deepEqual([labels.preview.get(shape.id), labels.shapes], [dragged, [shape]]);
  labels.cancelPreview();
  labels.cancelPreview();
  assert.deepEqual([labels.preview, events], [null, ["preview", "preview"]]);
  labels.update([dragged]);
  assert.deepEqual([labels.shapes, events.at(-1)], [[dragged], "change"]);
});

test("a decision about a suggestion alone changes no label", () => {
  labels.add([triangle()]);
  labels.commit(labels.shapes, { decided: new Set([4]) });
  assert.equal(events.at(-1), "decision");
  labels.undo();
  assert.deepEqual([labels.decided.has(4), events.at(-1)], [false, "decision"]);
});

test("labels from the server begin the history, or are a step of it", () => {
  labels.add([triangle()]);
  labels.load({ shapes: [], noObject: true }, { forget: false });
  assert.equal(labels.canUndo, true);
  labels.undo();
  assert.equal(labels.shapes.length, 1);
  labels.load({ shapes: [], noObject: false });
  assert.deepEqual([labels.canUndo, labels.canRedo], [false, false]);
});

test("five hundred steps can be taken back", () => {
  for (let step = 0; step < 510; step++) labels.commit([], { noObject: step % 2 === 0 });
  let steps = 0;
  for (; labels.canUndo; steps++) labels.undo();
  assert.equal(steps, 500);
});
