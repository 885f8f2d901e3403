// The state of each file. With thousands of them the list shows those in progress and those that need attention; the
// others are counted.
const SHOWN = { done: 30, duplicate: 30, remarked: 500, refused: 500, failed: 500 };
const NEEDS_ATTENTION = ["remarked", "refused", "failed"];

export class UploadList {
  constructor(element) {
    this.element = element;
    this.rows = new Map();
    this.finished = { done: [], duplicate: [], remarked: [], refused: [], failed: [] };
  }

  clear() {
    this.element.replaceChildren();
    this.rows.clear();
    for (const state of Object.keys(this.finished)) this.finished[state] = [];
  }

  show(item) {
    const row = this.rows.get(item) ?? this.add(item);
    const before = row.dataset.state;
    row.dataset.state = item.state;
    row.lastElementChild.textContent = item.words;
    if (before === item.state) return;
    // What needs attention stands first.
    if (NEEDS_ATTENTION.includes(item.state)) this.element.prepend(row);
    const like = this.finished[item.state];
    if (!like) return;
    like.push(item);
    if (like.length > SHOWN[item.state]) this.remove(like.shift());
  }

  add(item) {
    const row = document.createElement("li");
    row.className = "upload-file";
    const name = document.createElement("span");
    name.className = "upload-name";
    name.textContent = name.title = item.file.name;
    const state = document.createElement("span");
    state.className = "upload-state";
    row.append(name, state);
    this.element.append(row);
    this.rows.set(item, row);
    return row;
  }

  remove(item) {
    this.rows.get(item)?.remove();
    this.rows.delete(item);
  }

  // They are sent again.
  forget(items) {
    for (const item of items) this.remove(item);
    this.finished.failed = [];
  }
}
