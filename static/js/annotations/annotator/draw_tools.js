// Tools that draw a new shape. The keyboard draws too: the arrow keys move a cross, the space bar puts a point there.
import { area, clamp, distance, rectangle, simplify } from "./geometry.js";

const MIN_AREA = 4; // square pixels of the screen

class DrawTool {
  points = [];
  pointer = null;
  cross = null; // where the keyboard is

  constructor(editor) {
    this.editor = editor;
  }

  get busy() {
    return this.points.length > 0;
  }

  show() {
    const { stage, currentColor } = this.editor;
    stage.draft = { points: this.points, pointer: this.pointer, cursor: this.cross, color: currentColor };
    stage.redrawMoving();
  }

  inside(point) {
    return clamp(point, this.editor.photo);
  }

  hover({ point }) {
    if (!this.busy) return;
    this.pointer = this.inside(point);
    this.show();
  }

  // An arrow key: the cross begins in the middle of what is seen.
  moveCross(dx, dy) {
    const { stage } = this.editor;
    const { clientWidth, clientHeight } = stage.element;
    const from = this.cross ?? stage.toPhoto({ x: clientWidth / 2, y: clientHeight / 2 });
    this.cross = this.inside([from[0] + dx, from[1] + dy]);
    if (this.busy) this.pointer = this.cross;
    this.show();
  }

  putPoint() {
    if (!this.cross) this.moveCross(0, 0);
    else this.put(this.cross, this.editor.stage.reach("mouse"));
  }

  end(kind, points) {
    this.clear();
    if (area(kind === "box" ? rectangle(...points) : points) * this.editor.stage.scale ** 2 < MIN_AREA) {
      return this.editor.announce("too-small");
    }
    this.editor.addShape(kind, points);
  }

  clear() {
    this.points = [];
    this.pointer = null;
    this.show();
  }

  cancelDrag() {
    this.clear();
  }

  cancel() {
    const wasBusy = this.busy;
    this.cross = null;
    this.clear();
    if (!wasBusy) this.editor.useTool("select");
  }

  leave() {
    this.cross = null;
    this.clear();
    this.editor.stage.draft = null;
  }
}

export class PolygonTool extends DrawTool {
  press() {
    return false; // a drag pans; a press without a drag puts a point
  }

  tap({ point, pointerType }) {
    this.put(this.inside(point), this.editor.stage.reach(pointerType));
  }

  put(point, reach) {
    if (this.points.length > 2 && distance(point, this.points[0]) <= reach) return this.finish();
    const last = this.points.at(-1);
    if (last && distance(point, last) < 1e-6) return;
    this.points = [...this.points, point];
    this.show();
  }

  double() {
    this.finish();
  }

  finish() {
    if (this.points.length < 3) return this.editor.announce("three-points");
    this.end("polygon", this.points);
  }

  back() {
    this.points = this.points.slice(0, -1);
    this.show();
  }

  cancelDrag() {} // a second finger zooms; the points that are there stay
}

export class BoxTool extends DrawTool {
  press({ point }) {
    if (!this.busy) this.start = this.inside(point);
    return true;
  }

  drag({ point }) {
    this.points = [this.start];
    this.#showBox(this.inside(point));
  }

  hover({ point }) {
    if (this.busy) this.#showBox(this.inside(point));
  }

  #showBox(point) {
    const { stage, currentColor } = this.editor;
    stage.draft = {
      points: rectangle(this.points[0], point),
      closed: true,
      cursor: this.cross,
      color: currentColor,
    };
    stage.redrawMoving();
  }

  moveCross(dx, dy) {
    super.moveCross(dx, dy);
    if (this.busy) this.#showBox(this.cross);
  }

  drop({ point }) {
    this.end("box", [this.points[0] ?? this.start, this.inside(point)]);
  }

  tap({ point }) {
    this.put(this.inside(point));
  }

  put(point) {
    if (this.busy) return this.end("box", [this.points[0], point]);
    this.points = [point];
    this.show();
  }

  finish() {
    if (this.busy && this.cross) this.end("box", [this.points[0], this.cross]);
  }

  back() {
    this.clear();
  }
}

export class FreehandTool extends DrawTool {
  press({ point }) {
    this.points = [this.inside(point)];
    return true;
  }

  drag({ point }) {
    this.points.push(this.inside(point));
    const { stage, currentColor } = this.editor;
    stage.draft = { points: this.points, freehand: true, color: currentColor };
    stage.redrawMoving();
  }

  drop() {
    const points = simplify(this.points, 1.5 / this.editor.stage.scale);
    if (points.length < 3) {
      this.clear();
      return this.editor.announce("too-small");
    }
    this.end("polygon", points);
  }

  tap() {
    this.clear();
  }

  // By the keyboard a freehand outline is drawn as points, like a polygon.
  put(point, reach) {
    PolygonTool.prototype.put.call(this, point, reach);
  }

  finish() {
    PolygonTool.prototype.finish.call(this);
  }

  back() {
    PolygonTool.prototype.back.call(this);
  }
}
