// The shapes beside the photo, as a list that the keyboard works on: the arrows choose, Enter goes to the photo, where
// the arrows move what is chosen. With very many shapes only a part is rendered.
import { keepInList } from "../../web/keep_in_list.js";
import { filled } from "../../web/words.js";
import { onceAFrame } from "./painter.js";
import { boundsOf } from "./shape.js";

const SHOWN = 200;

export class ShapeList {
  #first = 0;
  #rows = new Map(); // shape -> its row, of those that were rendered last

  constructor(editor, element) {
    const template = element.querySelector("template");
    Object.assign(this, { editor, element, template, words: element.dataset });
    editor.labels.addEventListener(
      "any",
      onceAFrame(() => this.#update()),
    );
    editor.view.addEventListener("change", () => this.render());
    element.addEventListener("click", (event) => this.#click(event));
    element.addEventListener("keydown", (event) => this.#key(event));
  }

  // All rows anew, because names or colours changed.
  render() {
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#update();
  }

  #update() {
    const { shapes, selected, noObject } = this.editor.labels;
    const at = shapes.findIndex((shape) => selected.has(shape.id));
    if (at >= 0 && (at < this.#first || at >= this.#first + SHOWN)) this.#first = Math.max(0, at - SHOWN / 2);
    this.#first = Math.min(this.#first, Math.max(0, shapes.length - SHOWN));
    const shown = shapes.slice(this.#first, this.#first + SHOWN);
    const before = this.#rows;
    this.#rows = new Map(shown.map((shape) => [shape, before.get(shape) ?? this.#rowOf(shape)]));
    for (const [shape, row] of before) if (!this.#rows.has(shape)) row.remove();
    shown.forEach((shape, index) => this.#bring(this.#rows.get(shape), shape, index));
    this.element.setAttribute("aria-activedescendant", at >= 0 ? `shape-${shapes[at].id}` : "");
    if (at >= 0) keepInList(this.#rows.get(shapes[at]));
    const more = document.getElementById("shape-list-more");
    const [first, last, count] = [this.#first + 1, this.#first + shown.length, shapes.length];
    more.hidden = count <= SHOWN;
    more.textContent = filled(this.words.part, { first, last, count });
    document.getElementById("shape-count").textContent = count;
    this.element.hidden = !count;
    document.getElementById("no-shapes").hidden = count > 0 || noObject;
    document.getElementById("marked-empty").hidden = !noObject;
  }

  // To its place behind the template, with its number and whether it is selected. Only what differs is touched.
  #bring(row, shape, index) {
    const number = this.#first + index + 1;
    const there = this.element.children[index + 1];
    if (there !== row) this.element.insertBefore(row, there ?? null);
    const selected = String(this.editor.labels.selected.has(shape.id));
    if (row.getAttribute("aria-selected") !== selected) row.setAttribute("aria-selected", selected);
    if (row.dataset.number === String(number)) return;
    row.dataset.number = number;
    row.querySelector(".label-name").textContent = `${number} ${this.editor.nameOf(shape.category)}`;
  }

  #rowOf(shape) {
    const { words, editor, template } = this;
    const row = template.content.firstElementChild.cloneNode(true);
    const [left, top, right, bottom] = boundsOf(shape);
    const [hidden, locked] = [editor.view.isHidden(shape.id), editor.view.isLocked(shape.id)];
    const about = [
      words[shape.isMask ? "mask" : shape.kind],
      `${Math.round(right - left)} × ${Math.round(bottom - top)}`,
      shape.suggested && words.suggested,
      hidden ? words.hidden : locked && words.locked,
    ];
    row.id = `shape-${shape.id}`;
    row.dataset.id = shape.id;
    row.querySelector("rect").setAttribute("fill", editor.colorOf(shape.category));
    row.toggleAttribute("data-hidden", hidden);
    row.querySelector(".label-kind").textContent = about.filter(Boolean).join(" · ");
    return row;
  }

  #click(event) {
    const row = event.target.closest("[role=option]");
    if (!row) return;
    const id = Number(row.dataset.id);
    const isMore = event.shiftKey || event.ctrlKey || event.metaKey;
    const ids = new Set(isMore ? this.editor.labels.selected : []);
    if (!ids.delete(id)) ids.add(id);
    this.editor.labels.select(ids);
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.shiftKey) return;
    const action = { ArrowDown: "next-shape", ArrowUp: "previous-shape" }[event.key];
    if (action) this.editor.run(action);
    else if (event.key === "Enter") this.editor.stage.element.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
