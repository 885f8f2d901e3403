// Selects by a press, moves by a drag; pressing again at the same place reaches the shapes underneath. With Shift a drag
// selects what lies in a frame.
import { bounds, distance, rectangle, within } from "./geometry.js";
import { isChosenPoint } from "./handles.js";
import { areaOf, boundsOf, covers, movedBy } from "./shape.js";

const SAME_PLACE = 4; // pixels of the screen

export class SelectTool {
  keepsSelection = true;
  #gesture = null; // {drag, drop}
  #last = null; // where the last press was, on the screen
  #wasSelected = false;

  constructor(editor, { framing = false } = {}) {
    Object.assign(this, { editor, framing });
  }

  // All shapes under a point, the smallest first: one that lies inside another can be reached.
  shapesAt(point) {
    const { stage, labels, view } = this.editor;
    if (stage.hidden) return [];
    return labels.shapes
      .filter((shape) => !view.isHidden(shape.id) && covers(shape, point))
      .sort((one, other) => areaOf(one) - areaOf(other));
  }

  press({ point, shift }) {
    const { labels, readOnly, view } = this.editor;
    const selected = labels.selectedShapes;
    const [hit] = this.shapesAt(point);
    this.#gesture = null;
    this.#wasSelected = selected.some((shape) => covers(shape, point));
    if (shift || this.framing) {
      this.#gesture = this.#frameFrom(point);
      return true;
    }
    if (!this.#wasSelected && !hit) return false;
    if (!this.#wasSelected) labels.select([hit.id]);
    const moved = this.#wasSelected ? selected : [hit];
    if (readOnly || moved.some((shape) => view.isLocked(shape.id))) return false;
    this.#gesture = this.#moveOf(moved, point);
    return true;
  }

  #frameFrom(corner) {
    const { labels, stage, view } = this.editor;
    return {
      drag: ({ point }) =>
        stage.showDraft({ points: rectangle(corner, point), closed: true, frame: true, color: "#17212b" }),
      drop: ({ point, shift }) => {
        const [left, top, right, bottom] = bounds([corner, point]);
        const isIn = (shape) => {
          const [x1, y1, x2, y2] = boundsOf(shape);
          return x1 < right && x2 > left && y1 < bottom && y2 > top && !view.isHidden(shape.id);
        };
        const inside = labels.shapes.filter(isIn).map((shape) => shape.id);
        labels.select(shift ? [...labels.selected, ...inside] : inside);
      },
    };
  }

  #moveOf(shapes, [fromX, fromY]) {
    const { labels, photo } = this.editor;
    const around = bounds(shapes.flatMap((shape) => shape.outlines.flat()));
    const moved = ({ point: [x, y] }) => {
      const [dx, dy] = within(around, x - fromX, y - fromY, photo);
      return shapes.map((shape) => movedBy(shape, dx, dy, photo));
    };
    return {
      drag: (event) => labels.update(moved(event), { commit: false }),
      drop: (event) => labels.update(moved(event)),
    };
  }

  drag(event) {
    this.#gesture?.drag(event);
  }

  drop(event) {
    this.#gesture?.drop(event);
    this.leave();
  }

  tap({ point, screen, shift, pointerType }) {
    const { labels, stage } = this.editor;
    this.leave();
    const again = this.#last && distance(screen, this.#last) <= SAME_PLACE;
    this.#last = screen;
    if (isChosenPoint(labels.onlySelected, labels.point, point, stage.reach(pointerType))) return;
    const hits = this.shapesAt(point);
    if (shift) {
      if (!hits.length) return;
      const ids = new Set(labels.selected);
      if (!ids.delete(hits[0].id)) ids.add(hits[0].id);
      return labels.select(ids);
    }
    const at = again && this.#wasSelected ? hits.findIndex((shape) => labels.selected.has(shape.id)) : -1;
    const hit = hits[(at + 1) % hits.length];
    labels.select(hit ? [hit.id] : []);
  }

  cancelDrag() {
    this.leave();
    this.editor.labels.cancelPreview();
  }

  cancel() {
    this.cancelDrag();
    this.editor.labels.select([]);
    if (this.framing) this.editor.useTool("select");
  }

  leave() {
    this.#gesture = null;
    this.editor.stage.showDraft(null);
  }
}
