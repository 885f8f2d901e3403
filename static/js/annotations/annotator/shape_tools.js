// Tools whose outline is computed by the server: brush, eraser, a line with a width, a hole, a division.
import { DrawTool } from "./draw_tool.js";
import { LineTool, PolygonTool } from "./draw_tools.js";
import { distance } from "./geometry.js";
import { fromRings } from "./shape.js";
import { apply, ask } from "./operations.js";
import { addTo, width } from "./tool_width.js";

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
  keepsSelection = true;
  coversHandles = true;
  #last = Promise.resolve(); // strokes are applied one after the other
  #waiting = []; // strokes on their way to the server

  constructor(editor, operation) {
    super(editor);
    this.operation = operation;
    this.startsAnew = operation === "brush";
    this.draws = false;
  }

  get busy() {
    return false; // every stroke is a step of undo
  }

  show() {
    const { stage, currentColor } = this.editor;
    const radius = width() / 2;
    const at = this.cross ?? this.pointer;
    const points = this.points.length ? this.points : (this.#waiting[0] ?? []);
    const color = this.operation === "erase" ? "#fff" : currentColor;
    stage.draft = {
      points,
      freehand: true,
      width: width(),
      color,
      cursor: this.cross,
      circle: at && { at, radius },
    };
    stage.redrawMoving();
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

  drop() {
    this.#stroke(this.points);
  }

  tap() {
    this.#stroke(this.points);
  }

  hover({ point }) {
    this.pointer = point;
    this.show();
  }

  wheel(scroll) {
    addTo(scroll);
    this.show();
    return true;
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
  }

  cancel() {
    this.from = null;
    const { labels } = this.editor;
    if (this.cross || labels.selected.size) {
      this.cross = null;
      labels.select([]);
      return this.show();
    }
    super.cancel();
  }

  #stroke(points) {
    this.points = [];
    if (!points.length) return;
    if (this.operation === "brush" && !this.editor.freeShapes.length && !this.editor.hasCategory()) {
      return this.show();
    }
    this.#waiting.push(points);
    const size = width();
    this.#last = this.#last
      .then(() => this.#send(points, size))
      .finally(() => {
        this.#waiting.shift();
        if (this.editor.tool === this) this.show();
      });
  }

  async #send(points, size) {
    const { editor } = this;
    const { labels } = editor;
    const more = { line: points.flat(), width: size };
    if (this.operation === "erase") {
      const shapes = targets(editor, points);
      if (shapes.length) apply(editor, shapes, await ask(editor, "erase", shapes, more));
      return;
    }
    const target = editor.freeShapes.slice(0, 1);
    const results = await ask(editor, "brush", target, more);
    if (!results) return;
    if (target.length) apply(editor, target, results);
    else if (results[0]?.length) labels.add([fromRings(results[0][0], editor.category)]);
  }
}

export class LineOfWidth extends LineTool {
  show() {
    super.show();
    Object.assign(this.editor.stage.draft, { width: width() });
  }

  wheel(scroll) {
    addTo(scroll);
    this.show();
    return true;
  }

  async complete(points) {
    this.clear();
    if (!this.editor.hasCategory()) return;
    const results = await ask(this.editor, "line", [], { line: points.flat(), width: width() });
    if (results?.[0]?.length) this.editor.labels.add([fromRings(results[0][0], this.editor.category)]);
  }
}

export class HoleTool extends PolygonTool {
  keepsSelection = true;
  coversHandles = true;

  async complete(points) {
    this.clear();
    const shapes = targets(this.editor, points);
    if (!shapes.length) return this.editor.hint("select-one", points[0]);
    const results = await ask(this.editor, "cut", shapes, { cutter: [points.flat()] });
    if (results && !apply(this.editor, shapes, results)) this.editor.hint("nothing-changed", points[0]);
  }
}

export class SplitTool extends LineTool {
  keepsSelection = true;
  coversHandles = true;

  async complete(points) {
    this.clear();
    const { labels, view } = this.editor;
    const selected = this.editor.freeShapes;
    const shapes = selected.length ? selected : labels.shapes.filter(({ id }) => !view.isLocked(id));
    if (!shapes.length) return;
    const results = await ask(this.editor, "split", shapes, { line: points.flat() });
    if (results && !apply(this.editor, shapes, results)) this.editor.hint("nothing-changed", points[0]);
  }
}
