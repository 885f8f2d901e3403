// The labels of the open photo, the selection, and undo. Events: «change» (by the user, to be saved), «load» (from the
// server), «settle» (as stored), «selection», «decision» (about suggestions alone: no label changed), with each of them
// «any»; «preview» (a drag goes on).
import { countOf } from "./points.js";

const UNDO_LIMIT = 500;

export class LabelDocument extends EventTarget {
  shapes = [];
  noObject = false;
  decided = new Set(); // ids of suggestions that were accepted or refused on this page
  selected = new Set(); // ids
  point = null; // number of the chosen point of the one selected shape
  preview = null; // the shapes as they look while a drag goes on, by id
  #undoStack = [];
  #redoStack = [];

  load({ shapes, noObject }, { forget = true } = {}) {
    if (forget) this.#undoStack = this.#redoStack = [];
    else this.#undoStack = [...this.#undoStack, this.#state()];
    this.#become({ shapes, noObject }, "load");
  }

  // One step of undo. Shapes and the mark «no object here» exclude each other.
  commit(shapes, { noObject = shapes.length ? false : this.noObject, decided = this.decided, select } = {}) {
    this.#undoStack.push(this.#state());
    if (this.#undoStack.length > UNDO_LIMIT) this.#undoStack.shift();
    this.#redoStack = [];
    if (select) Object.assign(this, { selected: new Set(select), point: null });
    this.#apply({ shapes, noObject, decided });
  }

  undo() {
    this.#step(this.#undoStack, this.#redoStack);
  }

  redo() {
    this.#step(this.#redoStack, this.#undoStack);
  }

  get canUndo() {
    return this.#undoStack.length > 0;
  }

  get canRedo() {
    return this.#redoStack.length > 0;
  }

  #step(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push(this.#state());
    this.#apply(state);
  }

  #apply(state) {
    const sameLabels = state.shapes === this.shapes && state.noObject === this.noObject;
    this.#become(state, sameLabels ? "decision" : "change");
  }

  #become(state, event) {
    Object.assign(this, state, { preview: null });
    const there = new Set(this.shapes.map((shape) => shape.id));
    this.selected = new Set([...this.selected].filter((id) => there.has(id)));
    const points = this.onlySelected ? countOf(this.onlySelected) : 0;
    if (this.point !== null && this.point >= points) this.point = points ? points - 1 : null;
    this.#emit(event);
  }

  // Shapes with other points, by their id. Without «commit» only the drawing follows, as while a drag goes on.
  update(changed, { commit = true } = {}) {
    const byId = new Map(changed.map((shape) => [shape.id, shape]));
    if (commit) return this.commit(this.shapes.map((shape) => byId.get(shape.id) ?? shape));
    this.#show(byId);
  }

  cancelPreview() {
    if (this.preview) this.#show(null);
  }

  #show(preview) {
    this.preview = preview;
    this.dispatchEvent(new Event("preview"));
  }

  // The server stored shapes otherwise than they were sent: those that were not edited since are shown as they are stored.
  // «stored» has the shapes as they were sent as keys; null is one that was left out. No step of undo.
  settle(stored) {
    const shapes = this.shapes
      .map((shape) => (stored.has(shape) ? stored.get(shape) : shape))
      .filter(Boolean);
    this.#become({ shapes }, "settle");
  }

  add(shapes) {
    this.commit([...this.shapes, ...shapes], { select: shapes.map((shape) => shape.id) });
  }

  remove(ids) {
    this.commit(this.shapes.filter((shape) => !ids.has(shape.id)));
  }

  select(ids, point = null) {
    this.selected = new Set(ids);
    this.point = this.selected.size === 1 ? point : null;
    this.#emit("selection");
  }

  get selectedShapes() {
    return this.selected.size ? this.shapes.filter((shape) => this.selected.has(shape.id)) : [];
  }

  get onlySelected() {
    return this.selected.size === 1 ? (this.selectedShapes[0] ?? null) : null;
  }

  #state() {
    return { shapes: this.shapes, noObject: this.noObject, decided: this.decided };
  }

  #emit(name) {
    this.dispatchEvent(new Event(name));
    this.dispatchEvent(new Event("any"));
  }
}
