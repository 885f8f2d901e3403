// Selects by a press, moves by a drag; pressing again at the same place reaches the shapes underneath. With Shift a drag
// selects what lies in a frame.
import { bounds, distance, rectangle, within } from "./geometry.js";
import { isChosenPoint } from "./handles.js";
import { areaOf, boundsOf, covers, movedBy } from "./shape.js";

const SAME_PLACE = 4; // pixels of the screen

export class SelectTool {
  #drag = null; // what follows the pointer: (event) => shapes
  #frame = null; // the corner where a frame began
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
      .filter((shape) => !view?.isHidden(shape.id) && covers(shape, point))
      .sort((one, other) => areaOf(one) - areaOf(other));
  }

  shapeAt(point) {
    return this.shapesAt(point)[0] ?? null;
  }

  press({ point, shift }) {
    const { labels, readOnly, view } = this.editor;
    const selected = labels.selectedShapes;
    const hit = this.shapeAt(point);
    this.#frame = null;
    this.#wasSelected = selected.some((shape) => covers(shape, point));
    if (shift || this.framing) {
      this.#frame = point;
      return true;
    }
    const over = this.#wasSelected ? selected : hit ? [hit] : [];
    if (!over.length) return false;
    if (!this.#wasSelected) labels.select([hit.id]);
    if (readOnly || over.some((shape) => view?.isLocked(shape.id))) return false;
    this.#drag = (event) => this.#moved(over, event.point[0] - point[0], event.point[1] - point[1]);
    return true;
  }

  #moved(shapes, dx, dy) {
    const { photo } = this.editor;
    const around = bounds(
      shapes.flatMap((shape) => rectangle(boundsOf(shape).slice(0, 2), boundsOf(shape).slice(2))),
    );
    const [x, y] = within(around, dx, dy, photo);
    return shapes.map((shape) => movedBy(shape, x, y, photo));
  }

  drag(event) {
    if (this.#frame) this.#showFrame(event.point);
    else if (this.#drag) this.editor.labels.update(this.#drag(event), { commit: false });
  }

  #showFrame(point) {
    const { stage } = this.editor;
    stage.draft = { points: rectangle(this.#frame, point), closed: true, frame: true, color: "#17212b" };
    stage.redrawMoving();
  }

  drop(event) {
    if (this.#frame) {
      const { labels, view } = this.editor;
      const [[left, top], , [right, bottom]] = rectangle(this.#frame, event.point);
      const isIn = (shape) => {
        const [x1, y1, x2, y2] = boundsOf(shape);
        return x1 < right && x2 > left && y1 < bottom && y2 > top && !view?.isHidden(shape.id);
      };
      const inside = labels.shapes.filter(isIn).map((shape) => shape.id);
      this.#endFrame();
      return labels.select(event.shift ? new Set([...labels.selected, ...inside]) : inside);
    }
    if (this.#drag) this.editor.labels.update(this.#drag(event));
    this.#drag = null;
  }

  #endFrame() {
    this.#frame = null;
    this.editor.stage.draft = null;
    this.editor.stage.redrawMoving();
  }

  tap({ point, screen, shift, pointerType }) {
    const { labels, stage } = this.editor;
    this.#drag = null;
    this.#endFrame();
    const again = this.#last && distance([screen.x, screen.y], this.#last) <= SAME_PLACE;
    this.#last = [screen.x, screen.y];
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
    this.#drag = null;
    this.#endFrame();
    this.editor.labels.cancelPreview();
  }

  cancel() {
    this.cancelDrag();
    this.editor.labels.select([]);
    if (this.framing) this.editor.useTool("select");
  }

  leave() {
    this.#endFrame();
  }
}
