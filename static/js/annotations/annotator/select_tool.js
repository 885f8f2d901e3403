// Selects by a press, moves by a drag, and edits the points of the one shape that is selected: a point is dragged, the
// mark between two points becomes a new one.
import { bounds, clamp, distance, middle, moved } from "./geometry.js";
import { areaOf, covers, isEditable, withPoints } from "./shape.js";

export class SelectTool {
  #drag = null; // what follows the pointer: (event) => shapes

  constructor(editor) {
    this.editor = editor;
  }

  // The smallest shape under a point: one that lies inside another can be reached.
  shapeAt(point) {
    if (this.editor.stage.hidden) return null;
    const hit = this.editor.labels.shapes.filter((shape) => covers(shape, point));
    return hit.reduce((best, shape) => (best && areaOf(best) <= areaOf(shape) ? best : shape), null);
  }

  press({ point, pointerType, shift }) {
    const { labels, stage, readOnly } = this.editor;
    const only = labels.onlySelected;
    const reach = stage.reach(pointerType);
    if (
      !readOnly &&
      only &&
      isEditable(only) &&
      !stage.hidden &&
      !shift &&
      this.#pressPoint(only, point, reach)
    ) {
      return true;
    }
    const selected = labels.selectedShapes;
    const hit = this.shapeAt(point);
    const over = selected.some((shape) => covers(shape, point)) ? selected : hit ? [hit] : [];
    if (!over.length || shift) return false;
    if (over !== selected) labels.select([hit.id]);
    if (readOnly || !over.every(isEditable)) return false;
    this.#drag = (event) => this.#moved(over, event.point[0] - point[0], event.point[1] - point[1]);
    return true;
  }

  #pressPoint(shape, point, reach) {
    const [points] = shape.outlines;
    const nearest = (candidates) =>
      candidates.reduce(
        (best, candidate, index) => {
          const far = distance(candidate, point);
          return far <= reach && far < best.far ? { index, far } : best;
        },
        { index: -1, far: Infinity },
      ).index;
    const corner = nearest(points);
    if (corner >= 0) {
      this.editor.labels.select([shape.id], corner);
      this.#drag = (event) => [this.#withPoint(shape, corner, event.point)];
      return true;
    }
    if (shape.kind !== "polygon") return false;
    const between = nearest(points.map((p, index) => middle(p, points[(index + 1) % points.length])));
    if (between < 0) return false;
    const more = [...points.slice(0, between + 1), point, ...points.slice(between + 1)];
    this.#drag = (event) => {
      this.editor.labels.point = between + 1;
      return [this.#withPoint(withPoints(shape, more), between + 1, event.point)];
    };
    return true;
  }

  #withPoint(shape, index, point) {
    return movePoint(shape, index, clamp(point, this.editor.photo));
  }

  #moved(shapes, dx, dy) {
    const [left, top, right, bottom] = bounds(shapes.flatMap((shape) => shape.outlines[0]));
    const { width, height } = this.editor.photo;
    const [x, y] = [
      Math.max(-left, Math.min(dx, width - right)),
      Math.max(-top, Math.min(dy, height - bottom)),
    ];
    return shapes.map((shape) => withPoints(shape, moved(shape.outlines[0], x, y, this.editor.photo)));
  }

  drag(event) {
    if (this.#drag) this.editor.labels.update(this.#drag(event), { commit: false });
  }

  drop(event) {
    if (this.#drag) this.editor.labels.update(this.#drag(event));
    this.#drag = null;
  }

  tap({ point, shift, pointerType }) {
    const { labels, stage } = this.editor;
    const pointChosen = this.#drag && labels.point !== null && labels.onlySelected;
    this.#drag = null;
    if (
      pointChosen &&
      distance(labels.onlySelected.outlines[0][labels.point], point) <= stage.reach(pointerType)
    ) {
      return;
    }
    const hit = this.shapeAt(point);
    if (!shift) return labels.select(hit ? [hit.id] : []);
    if (!hit) return;
    const ids = new Set(labels.selected);
    if (!ids.delete(hit.id)) ids.add(hit.id);
    labels.select(ids);
  }

  cancelDrag() {
    this.#drag = null;
    this.editor.labels.cancelPreview();
  }

  cancel() {
    this.cancelDrag();
    this.editor.labels.select([]);
  }
}

// A corner of a box moves its neighbours too, so that it stays a box.
export function movePoint(shape, index, [x, y]) {
  const points = shape.outlines[0].map((point) => [...point]);
  points[index] = [x, y];
  if (shape.kind === "box") {
    const before = points[(index + 3) % 4];
    const after = points[(index + 1) % 4];
    const flat = index % 2 === 0; // from an even corner the next one lies beside it, from an odd one below or above
    (flat ? after : before)[1] = y;
    (flat ? before : after)[0] = x;
  }
  return withPoints(shape, points);
}
