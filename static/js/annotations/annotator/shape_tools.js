// Tools whose outline is computed by the server: brush, eraser, a line with a width, a hole, a division.
import { DrawTool } from "./draw_tool.js";
import { LineTool, PolygonTool } from "./draw_tools.js";
import { distance } from "./geometry.js";
import { operate } from "./operations.js";
import { width } from "./picture.js";

// What is selected and not locked, else the shape under one of the points.
function targets(editor, points) {
  const selected = editor.freeShapes;
  if (selected.length) return selected;
  const under = points.map((point) => editor.shapeAt(point)).find(Boolean);
  return under && !editor.view.isLocked(under.id) ? [under] : [];
}

// Paints onto the selected shape, or a new one where none is selected; the eraser takes away from what is selected, or
// from the shape under it.
export class BrushTool extends DrawTool {
  draws = false;
  keepsSelection = true;
  coversHandles = true;
  hasWidth = true;
  #last = Promise.resolve(); // strokes are applied one after the other
  #waiting = []; // strokes on their way to the server

  constructor(editor, operation) {
    super(editor);
    this.operation = operation;
    this.startsAnew = operation === "brush";
  }

  get busy() {
    return false; // every stroke is a step of undo
  }

  get draft() {
    const at = this.cross ?? this.pointer;
    return {
      points: this.points.length ? this.points : (this.#waiting[0] ?? []),
      freehand: true,
      width: width(),
      color: this.operation === "erase" ? "#fff" : this.editor.currentColor,
      cursor: this.cross,
      circle: at && { at, radius: width() / 2 },
    };
  }

  begin() {
    this.show();
  }

  press({ point }) {
    this.points = [this.inside(point)];
    this.pointer = null;
    return true;
  }

  drag({ point }) {
    const at = this.inside(point);
    if (distance(at, this.points.at(-1)) * this.editor.stage.scale >= 2) this.points.push(at);
    this.show();
  }

  tap() {
    this.#stroke(this.points);
  }

  hover({ point }) {
    this.pointer = point;
    this.show();
  }

  // By the keyboard: a dab, then strokes from point to point.
  put(point) {
    this.#stroke(this.from ? [this.from, point] : [point]);
    this.from = point;
  }

  finish() {
    this.from = null;
    this.editor.labels.select([]);
  }

  set(points) {
    this.points = points;
    this.show();
  }

  cancel() {
    const { labels } = this.editor;
    const isIdle = !this.cross && !labels.selected.size;
    this.finish();
    this.cross = null;
    this.set([]);
    if (isIdle) this.editor.useTool("select");
  }

  #stroke(points) {
    const { editor } = this;
    this.points = [];
    if (!points.length) return;
    if (this.operation === "brush" && !editor.freeShapes.length && !editor.hasCategory()) return this.show();
    this.#waiting.push(points);
    const more = { line: points.flat(), width: width() };
    this.#last = this.#last
      .then(() => this.#send(points, more))
      .finally(() => {
        this.#waiting.shift();
        if (editor.tool === this) this.show();
      });
  }

  #send(points, more) {
    const { editor } = this;
    if (this.operation === "brush") return operate(editor, "brush", editor.freeShapes.slice(0, 1), more);
    const shapes = targets(editor, points);
    return shapes.length && operate(editor, "erase", shapes, more);
  }
}

export class LineOfWidth extends LineTool {
  hasWidth = true;

  get draft() {
    return { ...super.draft, width: width() };
  }

  complete(points) {
    this.clear();
    if (this.editor.hasCategory()) operate(this.editor, "line", [], { line: points.flat(), width: width() });
  }
}

export class HoleTool extends PolygonTool {
  keepsSelection = true;
  coversHandles = true;

  complete(points) {
    this.clear();
    const shapes = targets(this.editor, points);
    if (shapes.length) operate(this.editor, "cut", shapes, { cutter: [points.flat()] }, points[0]);
    else this.editor.hint("select-one", points[0]);
  }
}

export class SplitTool extends LineTool {
  keepsSelection = true;
  coversHandles = true;

  complete(points) {
    this.clear();
    const { labels, view, freeShapes } = this.editor;
    const unlocked = labels.shapes.filter(({ id }) => !view.isLocked(id));
    const shapes = freeShapes.length ? freeShapes : unlocked;
    if (shapes.length) operate(this.editor, "split", shapes, { line: points.flat() }, points[0]);
  }
}
