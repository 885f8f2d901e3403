// How the shapes of the open photo are looked at: which are hidden or locked, and the switches, which stay from photo to
// photo. None of it is a label.
const PLACE = "annotator-switches";
const SWITCHES = { snap: false, names: false, crosshair: false, strip: true, focus: false };

export class View extends EventTarget {
  #ids = { hidden: new Set(), locked: new Set() };
  switches = { ...SWITCHES, ...JSON.parse(sessionStorage.getItem(PLACE) ?? "{}") };

  isHidden(id) {
    return this.#ids.hidden.has(id);
  }

  isLocked(id) {
    return this.#ids.locked.has(id) || this.isHidden(id);
  }

  // All of them, or none if all were.
  toggle(kind, ids) {
    const set = this.#ids[kind];
    const all = [...ids].every((id) => set.has(id));
    for (const id of ids) {
      if (all) set.delete(id);
      else set.add(id);
    }
    this.#changed();
  }

  // Another photo: its shapes are all shown.
  clear() {
    this.#ids.hidden.clear();
    this.#ids.locked.clear();
    this.#changed();
  }

  flip(name) {
    this.switches[name] = !this.switches[name];
    sessionStorage.setItem(PLACE, JSON.stringify(this.switches));
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
