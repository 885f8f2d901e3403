// What of the selected shape can be grasped, with any tool: a point, the mark between two points (a new point), the side
// of a box.
import { clamp, distance, middle, toSegment } from "./geometry.js";
import { areHandles, eachPoint, insertPoint, movePoint, moveSide, pointOf } from "./points.js";
import { boundsOf, covers } from "./shape.js";

const SHARE = 0.25; // of the shorter side: a press further inside a small shape moves it

export class Handles {
  #drag = null; // the shape as it is with the pointer at a place

  constructor(editor) {
    this.editor = editor;
  }

  get shape() {
    const { labels, stage, readOnly, view } = this.editor;
    const only = labels.onlySelected;
    return readOnly || stage.hidden || !only || view.isLocked(only.id) ? null : only;
  }

  // Whether the press grasps something; the events that follow are for the handles then.
  grasps(event) {
    this.#drag = this.shape && !event.shift && !event.alt ? this.#graspedBy(event) : null;
    return this.#drag !== null;
  }

  #graspedBy({ point, pointerType }) {
    const { shape } = this;
    const { labels, stage } = this.editor;
    const reach = this.#reach(shape, point, pointerType);
    const shown = areHandles(shape, stage.scale);
    const corner = shown ? nearest(shape, point, reach) : -1;
    if (corner >= 0) {
      labels.select([shape.id], corner);
      return (to) => movePoint(shape, corner, to);
    }
    if (shape.kind === "box") {
      const [points] = shape.outlines;
      const side = points.findIndex((one, at) => toSegment(point, one, points[(at + 1) % 4]) <= reach);
      return side >= 0 ? (to) => moveSide(shape, side, to) : null;
    }
    const mark = shown && !shape.isMask ? nearest(shape, point, reach, middle) : -1;
    if (mark < 0) return null;
    const more = insertPoint(shape, mark, point);
    return (to) => {
      labels.point = mark + 1;
      return movePoint(more, mark + 1, to);
    };
  }

  // Inside a small shape only its edge is grasped: else it could never be moved.
  #reach(shape, point, pointerType) {
    const reach = this.editor.stage.reach(pointerType);
    if (!covers(shape, point)) return reach;
    const [left, top, right, bottom] = boundsOf(shape);
    return Math.min(reach, SHARE * Math.min(right - left, bottom - top));
  }

  press() {
    return true;
  }

  drag({ point }, options = { commit: false }) {
    const to = this.editor.snapped(clamp(point, this.editor.photo), this.shape);
    this.editor.labels.update([this.#drag(to)], options);
  }

  drop(event) {
    this.drag(event, { commit: true });
  }

  // A press without a drag is the tool's own.
  tap(event) {
    const { tool } = this.editor;
    tool.press(event);
    tool.tap?.(event);
  }

  double(event) {
    this.editor.tool.double?.(event);
  }

  cancelDrag() {
    this.editor.labels.cancelPreview();
  }
}

// The number of the point whose place is nearest, within reach; -1 if there is none.
function nearest(shape, point, reach, placeOf = (one) => one) {
  let [best, far] = [-1, reach];
  eachPoint(shape, (one, number, next) => {
    const here = distance(placeOf(one, next), point);
    if (here <= far) [best, far] = [number, here];
  });
  return best;
}

// Whether a press close to the chosen point means it again.
export const isChosenPoint = (shape, number, point, reach) =>
  number !== null && shape !== null && distance(pointOf(shape, number) ?? [Infinity, 0], point) <= reach;
