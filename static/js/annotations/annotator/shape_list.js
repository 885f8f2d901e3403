// The shapes beside the photo, as a list that the keyboard works on: the arrows choose, Enter goes to the photo, where
// the arrows move what is chosen. With very many shapes only a part is rendered.
import { keepInList } from "../../web/keep_in_list.js";
import { filled } from "../../web/words.js";
import { boundsOf } from "./shape.js";

const SHOWN = 200;

export class ShapeList {
  #first = 0;
  #rows = new Map(); // shape -> its row, of those that were rendered last
  #scheduled = false;

  constructor(editor, element) {
    Object.assign(this, {
      editor,
      element,
      words: element.dataset,
      row: element.querySelector("template"),
      more: document.getElementById("shape-list-more"),
    });
    for (const name of ["change", "load", "settle", "selection"]) {
      editor.labels.addEventListener(name, () => this.schedule());
    }
    editor.view.addEventListener("change", () => this.render());
    element.addEventListener("click", (event) => this.#click(event));
    element.addEventListener("keydown", (event) => this.#key(event));
  }

  // Once a frame, however many changes there are.
  schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => this.#scheduled && this.#update());
  }

  // All rows anew, because names or colours changed.
  render() {
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#update();
  }

  #update() {
    this.#scheduled = false;
    const { shapes, selected, noObject } = this.editor.labels;
    const at = shapes.findIndex((shape) => selected.has(shape.id));
    if (at >= 0 && (at < this.#first || at >= this.#first + SHOWN)) this.#first = Math.max(0, at - SHOWN / 2);
    this.#first = Math.min(this.#first, Math.max(0, shapes.length - SHOWN));
    const shown = shapes.slice(this.#first, this.#first + SHOWN);
    const before = this.#rows;
    this.#rows = new Map(shown.map((shape) => [shape, before.get(shape) ?? this.#rowOf(shape)]));
    const kept = new Set(this.#rows.values());
    for (const row of before.values()) if (!kept.has(row)) row.remove();
    shown.forEach((shape, index) => this.#bring(this.#rows.get(shape), shape, this.#first + index, index));
    this.element.setAttribute("aria-activedescendant", at >= 0 ? `shape-${shapes[at].id}` : "");
    if (at >= 0) keepInList(this.#rows.get(shapes[at]));
    this.more.hidden = shapes.length <= SHOWN;
    const last = Math.min(this.#first + SHOWN, shapes.length);
    this.more.textContent = filled(this.words.part, { first: this.#first + 1, last, count: shapes.length });
    document.getElementById("shape-count").textContent = shapes.length;
    this.element.hidden = !shapes.length;
    document.getElementById("no-shapes").hidden = shapes.length > 0 || noObject;
    document.getElementById("marked-empty").hidden = !noObject;
  }

  // To its place (behind the template), with its number and whether it is selected.
  #bring(row, shape, number, index) {
    const there = this.element.children[index + 1];
    if (there !== row) this.element.insertBefore(row, there ?? null);
    if (row.dataset.number !== String(number)) {
      row.dataset.number = number;
      row.querySelector(".label-name").textContent = `${number + 1} ${this.editor.nameOf(shape.category)}`;
    }
    const selected = String(this.editor.labels.selected.has(shape.id));
    if (row.getAttribute("aria-selected") !== selected) row.setAttribute("aria-selected", selected);
  }

  #rowOf(shape) {
    const { words, editor } = this;
    const row = this.row.content.firstElementChild.cloneNode(true);
    const [left, top, right, bottom] = boundsOf(shape);
    row.id = `shape-${shape.id}`;
    row.dataset.id = shape.id;
    row.querySelector("rect").setAttribute("fill", editor.colorOf(shape.category));
    const size = `${Math.round(right - left)} × ${Math.round(bottom - top)}`;
    const [hidden, locked] = [editor.view.isHidden(shape.id), editor.view.isLocked(shape.id)];
    row.toggleAttribute("data-hidden", hidden);
    row.querySelector(".label-kind").textContent = [
      words[shape.isMask ? "mask" : shape.kind],
      size,
      shape.suggested ? words.suggested : "",
      hidden ? words.hidden : locked ? words.locked : "",
    ]
      .filter(Boolean)
      .join(" · ");
    return row;
  }

  #click(event) {
    const row = event.target.closest("[role=option]");
    if (!row) return;
    const id = Number(row.dataset.id);
    const ids =
      event.shiftKey || event.ctrlKey || event.metaKey ? new Set(this.editor.labels.selected) : new Set();
    if (!ids.delete(id)) ids.add(id);
    this.editor.labels.select(ids);
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !event.ctrlKey && !event.altKey && !event.shiftKey) {
      this.editor.run(step > 0 ? "next-shape" : "previous-shape");
    } else if (event.key === "Enter") this.editor.stage.element.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
