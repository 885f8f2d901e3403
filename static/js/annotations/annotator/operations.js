// What the server does with outlines: union, difference, division, simplification. It answers for each shape that was
// sent what became of it: a list of shapes (none: it is gone), or null where nothing changed.
import { send } from "../../web/send.js";
import { show as toast } from "../../web/toast.js";
import { pairs } from "./geometry.js";
import { BrushTool, HoleTool, LineOfWidth, SplitTool } from "./shape_tools.js";
import { fromRings, reshaped } from "./shape.js";
import { SimplifyTool } from "./simplify_tool.js";
import { addWidth } from "./tool_width.js";

export async function ask(editor, operation, shapes, more = {}) {
  const flat = shapes.map(({ outlines }) => outlines.map((points) => points.flat()));
  try {
    const answer = await send(editor.words.operations, { operation, shapes: flat, ...more });
    const content = await answer.json();
    if (!answer.ok) return void toast(content.detail, "warning");
    return content.results.map((found) => found && found.map((outlines) => outlines.map(pairs)));
  } catch {
    return void editor.announce("no-answer");
  }
}

// Puts what became of «shapes» into the labels, as one step; false where it is too late or nothing changed.
export function apply(editor, shapes, results, { gone = [] } = {}) {
  const { labels } = editor;
  if (!results) return false;
  if (shapes.some((shape) => !labels.shapes.includes(shape))) {
    return Boolean(editor.announce("changed-meanwhile"));
  }
  if (results.every((found) => found === null) && !gone.length) return false;
  const select = [];
  const replaced = labels.shapes.flatMap((shape) => {
    const at = shapes.indexOf(shape);
    if (gone.includes(shape)) return [];
    if (at < 0 || results[at] === null) return [shape];
    const pieces = results[at].map((outlines, index) =>
      index ? fromRings(outlines, shape.category) : reshaped(shape, outlines),
    );
    select.push(...pieces.map(({ id }) => id));
    return pieces;
  });
  labels.commit(replaced, { select });
  return true;
}

export function addOperations(editor) {
  const { labels, view } = editor;
  addWidth(editor);
  editor.addTool("brush", new BrushTool(editor, "brush"));
  editor.addTool("eraser", new BrushTool(editor, "erase"));
  editor.addTool("line", new LineOfWidth(editor));
  editor.addTool("hole", new HoleTool(editor));
  editor.addTool("split", new SplitTool(editor));
  editor.addTool("simplify", new SimplifyTool(editor));

  editor.onAction("merge", async () => {
    const shapes = editor.freeShapes;
    if (editor.readOnly) return;
    if (shapes.length < 2) return editor.announce("select-two");
    const results = await ask(editor, "merge", shapes);
    if (results) apply(editor, shapes.slice(0, 1), results, { gone: shapes.slice(1) });
  });

  // The selected shape keeps its place; what lies under it is taken away from the others.
  editor.onAction("cut-out", async () => {
    const cutter = labels.onlySelected;
    if (editor.readOnly) return;
    if (!cutter) return editor.announce("select-one");
    const others = labels.shapes.filter((shape) => shape !== cutter && !view.isLocked(shape.id));
    if (!others.length) return;
    const results = await ask(editor, "cut", others, {
      cutter: cutter.outlines.map((points) => points.flat()),
    });
    if (!results) return;
    if (apply(editor, others, results)) labels.select([cutter.id]);
    else editor.announce("nothing-changed");
  });

  // With snapping on, a new shape shares its border with its neighbours: no gap, no overlap.
  editor.addEventListener("drawn", async ({ detail: shape }) => {
    if (!view.switches.snap || shape.kind === "box") return;
    const neighbours = labels.shapes.filter(({ id }) => id !== shape.id && !view.isHidden(id));
    if (!neighbours.length) return;
    const results = await ask(editor, "join", [shape], {
      neighbours: neighbours.map(({ outlines }) => outlines.map((points) => points.flat())),
      width: editor.stage.reach("mouse"),
    });
    apply(editor, [shape], results);
  });
}
