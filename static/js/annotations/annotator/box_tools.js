// The tools that are dragged from corner to corner, or given by two presses.
import { ellipse, rectangle } from "./geometry.js";
import { DrawTool } from "./draw_tool.js";

export class BoxTool extends DrawTool {
  press({ point }) {
    if (!this.points.length) this.start = this.inside(point);
    return true;
  }

  drag({ point }) {
    if (!this.points.length) this.set([this.start]);
    this.#showBox(this.inside(point));
  }

  hover({ point }) {
    if (this.points.length) this.#showBox(this.inside(point));
  }

  outline(one, other) {
    return rectangle(one, other);
  }

  #showBox(point) {
    const { stage, currentColor } = this.editor;
    const points = this.outline(this.points[0], point);
    stage.draft = { points, closed: true, cursor: this.cross, color: currentColor, bare: points.length > 4 };
    stage.redrawMoving();
  }

  moveCross(dx, dy) {
    super.moveCross(dx, dy);
    if (this.points.length) this.#showBox(this.cross);
  }

  drop({ point }) {
    this.end("box", [this.points[0] ?? this.start, this.inside(point)]);
  }

  tap({ point }) {
    this.put(this.inside(point));
  }

  put(point) {
    const [first] = this.points;
    if (first && this.isSameSpot(first, point)) return;
    if (first) return this.end("box", [first, point]);
    this.set([point]);
    this.show();
  }

  finish() {
    if (this.points.length && this.cross) this.end("box", [this.points[0], this.cross]);
  }

  back() {
    this.clear();
  }
}

export class EllipseTool extends BoxTool {
  outline(one, other) {
    return ellipse(one, other, this.editor.stage.scale);
  }

  end(_kind, [one, other]) {
    super.end("polygon", this.outline(one, other));
  }
}
