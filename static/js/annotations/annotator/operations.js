// What the server does with outlines: union, difference, division, simplification. It answers for each shape that was
// sent what became of it: a list of shapes (none: it is gone), or null where nothing changed; behind them come new shapes.
import { flats, pairs } from "./geometry.js";
import { fromRings, reshaped } from "./shape.js";

export async function ask(editor, operation, shapes, more = {}) {
  const request = { operation, shapes: shapes.map(({ outlines }) => flats(outlines)), ...more };
  const answer = await editor.ask(editor.words.operations, request);
  return answer?.results.map((found) => found && found.map((outlines) => outlines.map(pairs)));
}

// Puts what became of «shapes» into the labels, as one step; false where it is too late or nothing changed.
export function apply(editor, shapes, results) {
  const { labels } = editor;
  if (shapes.some((shape) => !labels.shapes.includes(shape))) {
    return Boolean(editor.announce("changed-meanwhile"));
  }
  const drawn = results.slice(shapes.length).flat();
  const made = drawn.map((outlines) => fromRings(outlines, editor.category));
  const replaced = labels.shapes.flatMap((shape) => {
    const found = results[shapes.indexOf(shape)];
    if (!found) return [shape];
    const [first, ...more] = found;
    const pieces = more.map((outlines) => fromRings(outlines, shape.category));
    return first ? [reshaped(shape, first), ...pieces] : [];
  });
  const there = new Set(labels.shapes);
  const shown = [...replaced, ...made];
  const changed = shown.filter((shape) => !there.has(shape));
  if (!changed.length && shown.length === there.size) return false;
  labels.commit(shown, { select: changed.map(({ id }) => id) });
  return true;
}

// Both; says so where nothing changed, at a place of the photo.
export async function operate(editor, operation, shapes, more, place) {
  const results = await ask(editor, operation, shapes, more);
  const isDone = Boolean(results) && apply(editor, shapes, results);
  if (results && !isDone && place) editor.hint("nothing-changed", place);
  return isDone;
}

export function addOperations(editor) {
  const { labels, view } = editor;

  editor.onEdit("merge", () => {
    const shapes = editor.freeShapes;
    if (shapes.length < 2) editor.announce("select-two");
    else operate(editor, "merge", shapes);
  });

  // The selected shape keeps its place; what lies under it is taken away from the others.
  editor.onEdit("cut-out", async () => {
    const cutter = labels.onlySelected;
    if (!cutter) return editor.announce("select-one");
    const others = labels.shapes.filter((shape) => shape !== cutter && !view.isLocked(shape.id));
    if (!others.length) return;
    const more = { cutter: flats(cutter.outlines) };
    const isDone = await operate(editor, "cut", others, more, cutter.outlines[0][0]);
    if (isDone) labels.select([cutter.id]);
  });

  // With snapping on, a new shape shares its border with its neighbours: no gap, no overlap.
  editor.addEventListener("drawn", ({ detail: shape }) => {
    if (!view.switches.snap || shape.kind === "box") return;
    const neighbours = labels.shapes.filter(({ id }) => id !== shape.id && !view.isHidden(id));
    if (!neighbours.length) return;
    const more = {
      neighbours: neighbours.map(({ outlines }) => flats(outlines)),
      width: editor.stage.reach("mouse"),
    };
    operate(editor, "join", [shape], more);
  });
}
