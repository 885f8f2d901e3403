// How the shapes of the open photo are looked at: which are hidden or locked, and the switches, which stay from photo to
// photo. None of it is a label.
const PLACE = "annotator-switches";

export class View extends EventTarget {
  #hidden = new Set();
  #locked = new Set();
  switches = { snap: false, names: false, crosshair: false, strip: true, focus: false };

  constructor() {
    super();
    Object.assign(this.switches, JSON.parse(sessionStorage.getItem(PLACE) ?? "{}"));
  }

  isHidden(id) {
    return this.#hidden.has(id);
  }

  isLocked(id) {
    return this.#locked.has(id) || this.#hidden.has(id);
  }

  // All of them, or none if all were.
  toggle(kind, ids) {
    const set = kind === "hidden" ? this.#hidden : this.#locked;
    const all = ids.every((id) => set.has(id));
    for (const id of ids) {
      if (all) set.delete(id);
      else set.add(id);
    }
    this.dispatchEvent(new Event("change"));
  }

  // Another photo: its shapes are all shown.
  clear() {
    this.#hidden.clear();
    this.#locked.clear();
    this.dispatchEvent(new Event("change"));
  }

  flip(name, value = !this.switches[name]) {
    this.switches[name] = value;
    sessionStorage.setItem(PLACE, JSON.stringify(this.switches));
    this.dispatchEvent(new Event("change"));
  }
}
