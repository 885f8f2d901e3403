// The labels of the open photo, the selection, and undo. Events: «change» (by the user, to be saved),
// «preview» (a drag goes on), «load» (from the server), «selection», «decision» (about suggestions alone: no label changed).
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
    Object.assign(this, { shapes, noObject });
    this.#keepSelection();
    this.#emit("load");
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
    Object.assign(this, state, { preview: null });
    this.#keepSelection();
    this.#emit(sameLabels ? "decision" : "change");
  }

  // Shapes with other points, by their id. Without «commit» only the drawing follows, as while a drag goes on.
  update(changed, { commit = true } = {}) {
    const byId = new Map(changed.map((shape) => [shape.id, shape]));
    if (commit) this.commit(this.shapes.map((shape) => byId.get(shape.id) ?? shape));
    else {
      this.preview = byId;
      this.#emit("preview");
    }
  }

  cancelPreview() {
    if (!this.preview) return;
    this.preview = null;
    this.#emit("preview");
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
    return this.shapes.filter((shape) => this.selected.has(shape.id));
  }

  get onlySelected() {
    const [shape, more] = this.selectedShapes;
    return more ? null : (shape ?? null);
  }

  #state() {
    return { shapes: this.shapes, noObject: this.noObject, decided: this.decided };
  }

  #keepSelection() {
    const there = new Set(this.shapes.map((shape) => shape.id));
    this.selected = new Set([...this.selected].filter((id) => there.has(id)));
    const points = this.onlySelected?.outlines[0].length ?? 0;
    if (this.point !== null && this.point >= points) this.point = points ? points - 1 : null;
  }

  #emit(name) {
    this.dispatchEvent(new Event(name));
  }
}
