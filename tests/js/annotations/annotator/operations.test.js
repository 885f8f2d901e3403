import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LabelDocument } from "#js/annotations/annotator/document.js";
import { apply, operate } from "#js/annotations/annotator/operations.js";
import { make } from "#js/annotations/annotator/shape.js";
import { points } from "../../points.js";

const LEFT = points(0, 0, 4, 0, 4, 9, 0, 9);
const RIGHT = points(4, 0, 9, 0, 9, 9, 4, 9);
const box = make("box", points(0, 0, 9, 9), 3);
const other = make("polygon", points(20, 0, 29, 0, 20, 9), 1);
let editor;
let said;

beforeEach(() => {
  said = [];
  const labels = new LabelDocument();
  labels.load({ shapes: [box, other], noObject: false });
  editor = {
    labels,
    category: 7,
    words: { operations: "/outlines" },
    announce: (word) => void said.push(word),
    hint: (word, place) => said.push([word, place]),
    ask: async (_address, request) => (said.push(request), answer),
  };
});

let answer = null;

test("pieces come to the place of their shape, keep its category and are selected, in one step", () => {
  assert.equal(apply(editor, [box, other], [[[LEFT], [RIGHT]], null]), true);
  const { shapes, selectedShapes } = editor.labels;
  assert.deepEqual(
    shapes.map(({ kind, category, outlines }) => [kind, category, outlines]),
    [
      ["polygon", 3, [LEFT]],
      ["polygon", 3, [RIGHT]],
      ["polygon", 1, other.outlines],
    ],
  );
  assert.equal(shapes[0].id, box.id);
  assert.deepEqual(selectedShapes, shapes.slice(0, 2));
  editor.labels.undo();
  assert.deepEqual(editor.labels.shapes, [box, other]);
});

test("what nothing became of is gone, what is behind the shapes is new and of the chosen category", () => {
  assert.equal(apply(editor, [box], [[], [[RIGHT]]]), true);
  const [kept, made] = editor.labels.shapes;
  assert.equal(kept, other);
  assert.deepEqual([made.category, made.outlines], [7, [RIGHT]]);
});

test("without a change, and for a shape that was changed meanwhile, nothing is a step", () => {
  assert.equal(apply(editor, [box, other], [null, null]), false);
  assert.equal(apply(editor, [], [[]]), false);
  assert.equal(apply(editor, [{ ...box }], [[[LEFT]]]), false);
  assert.deepEqual([editor.labels.canUndo, said], [false, ["changed-meanwhile"]]);
});

test("the server is sent flat outlines, and where nothing changed it is said at its place", async () => {
  answer = { results: [null] };
  assert.equal(await operate(editor, "cut", [other], { cutter: [[1, 2]] }, [5, 5]), false);
  assert.deepEqual(said, [
    { operation: "cut", shapes: [[[20, 0, 29, 0, 20, 9]]], cutter: [[1, 2]] },
    ["nothing-changed", [5, 5]],
  ]);
  answer = null;
  assert.equal(await operate(editor, "cut", [other], {}, [5, 5]), false);
  assert.equal(said.length, 3, "what was refused is said already");
});
