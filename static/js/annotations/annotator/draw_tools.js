// The tools that put points one after the other, or draw them freely.
import { distance, simplify } from "./geometry.js";
import { DrawTool } from "./draw_tool.js";

export class PolygonTool extends DrawTool {
  least = 3;

  press() {
    return false; // a drag pans; a press without a drag puts a point
  }

  tap({ point, pointerType }) {
    this.put(this.inside(point), this.editor.stage.reach(pointerType));
  }

  put(point, reach) {
    if (this.points.length > 2 && distance(point, this.points[0]) <= reach) this.finish();
    else this.add(point);
  }

  add(point) {
    const last = this.points.at(-1);
    // As the second press of a double press has it.
    if (last && (distance(point, last) < 1e-6 || (!this.cross && this.isSameSpot(point, last)))) return;
    this.set([...this.points, point]);
    this.show();
  }

  double() {
    this.finish();
  }

  finish() {
    if (!this.busy) return;
    if (this.points.length < this.least) return this.editor.hint("three-points", this.points.at(-1));
    this.complete(this.points);
  }

  complete(points) {
    this.end("polygon", points);
  }

  back() {
    this.set(this.points.slice(0, -1));
    this.show();
  }

  cancelDrag() {} // a second finger zooms; the points that are there stay
}

// A line of points: of two or more, and pressing its first point again closes nothing.
export class LineTool extends PolygonTool {
  least = 2;

  put(point) {
    this.add(point);
  }
}

export class FreehandTool extends PolygonTool {
  press({ point }) {
    this.set([this.inside(point)]);
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
      return this.editor.hint("too-small", points[0]);
    }
    this.complete(points);
  }

  tap() {
    this.clear();
  }

  double() {}

  cancelDrag() {
    this.clear();
  }
}
