// The tools that draw an outline: point by point, freely, from corner to corner.
import { DrawTool } from "./draw_tool.js";
import { distance, ellipse, rectangle, simplify } from "./geometry.js";

export class PolygonTool extends DrawTool {
  least = 3;
  closes = true; // by a press on its first point

  put(point, reach) {
    const last = this.points.at(-1);
    const isFirst = this.points.length > 2 && distance(point, this.points[0]) <= reach;
    if (this.closes && isFirst) return this.finish();
    // As the second press of a double press has it.
    if (last && (distance(point, last) < 1e-6 || (!this.cross && this.isSameSpot(point, last)))) return;
    this.set([...this.points, point]);
  }

  double() {
    this.finish();
  }

  finish() {
    if (!this.busy) return;
    if (this.points.length < this.least) this.editor.hint("three-points", this.points.at(-1));
    else this.complete(this.points);
  }

  complete(points) {
    this.end(points);
  }

  back() {
    this.set(this.points.slice(0, -1));
  }

  cancelDrag() {} // a second finger zooms; the points that are there stay
}

export class LineTool extends PolygonTool {
  least = 2;
  closes = false;
}

export class FreehandTool extends PolygonTool {
  get draft() {
    return { ...super.draft, freehand: !this.cross };
  }

  press({ point }) {
    this.cross = null;
    this.set([this.inside(point)]);
    return true;
  }

  drag({ point }) {
    this.points.push(this.inside(point));
    this.show();
  }

  drop() {
    const points = simplify(this.points, 1.5 / this.editor.stage.scale);
    if (points.length >= this.least) return this.complete(points);
    this.clear();
    this.editor.hint("too-small", points[0]);
  }

  tap() {
    this.clear();
  }

  double() {}

  cancelDrag() {
    this.clear();
  }
}

export class BoxTool extends DrawTool {
  // The outline between two corners.
  outline = rectangle;

  get draft() {
    const [corner] = this.points;
    if (!corner) return super.draft;
    const points = this.outline(corner, this.pointer ?? corner);
    return { ...super.draft, points, closed: true, bare: points.length > 4 };
  }

  press({ point }) {
    if (this.busy) return true;
    this.pointer = null;
    this.set([this.inside(point)]);
    return true;
  }

  // The second corner lies apart from the first one: a press without a drag is the first of two.
  put(point) {
    const [corner] = this.points;
    if (!corner) this.set([point]);
    else if (!this.isSameSpot(corner, point)) this.complete(corner, point);
  }

  complete(...corners) {
    this.end(corners, "box");
  }

  finish() {
    if (this.busy && this.cross) this.complete(this.points[0], this.cross);
  }

  back() {
    this.clear();
  }
}

export class EllipseTool extends BoxTool {
  outline = (one, other) => ellipse(one, other, this.editor.stage.scale);

  complete(...corners) {
    this.end(this.outline(...corners));
  }
}
