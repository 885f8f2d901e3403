// The state of each file. With thousands of them the list shows those in progress and those that need attention; the
// others are counted.
const SHOWN = { done: 30, duplicate: 30, remarked: 500, refused: 500, failed: 500 };
const NEEDS_ATTENTION = ["remarked", "refused", "failed"];

export class UploadList {
  constructor(element) {
    this.element = element;
    this.rows = new Map();
    this.clear();
  }

  clear() {
    this.element.replaceChildren();
    this.rows.clear();
    this.finished = { done: [], duplicate: [], remarked: [], refused: [], failed: [] };
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
    const row = this.element.nextElementSibling.content.firstElementChild.cloneNode(true);
    const name = row.firstElementChild;
    name.textContent = name.title = item.file.name;
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
