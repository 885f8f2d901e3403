// The shapes beside the photo, as a list that the keyboard works on: the arrows choose, Enter goes to the photo, where
// the arrows move what is chosen. With very many shapes only a part is rendered.
import { keepInList } from "../../web/keep_in_list.js";
import { areaOf, boundsOf } from "./shape.js";

const SHOWN = 200;

export class ShapeList {
  #first = 0;

  constructor(editor, element) {
    Object.assign(this, {
      editor,
      element,
      words: element.dataset,
      row: element.querySelector("template"),
      more: document.getElementById("shape-list-more"),
    });
    for (const name of ["change", "load", "selection"]) {
      editor.labels.addEventListener(name, () => this.render());
    }
    element.addEventListener("click", (event) => this.#click(event));
    element.addEventListener("keydown", (event) => this.#key(event));
  }

  render() {
    const { shapes, selected } = this.editor.labels;
    const at = shapes.findIndex((shape) => selected.has(shape.id));
    if (at >= 0 && (at < this.#first || at >= this.#first + SHOWN)) this.#first = Math.max(0, at - SHOWN / 2);
    this.#first = Math.min(this.#first, Math.max(0, shapes.length - SHOWN));
    const rows = shapes
      .slice(this.#first, this.#first + SHOWN)
      .map((shape, index) => this.#rowOf(shape, this.#first + index));
    this.element.replaceChildren(this.row, ...rows);
    this.element.setAttribute("aria-activedescendant", at >= 0 ? `shape-${shapes[at].id}` : "");
    keepInList(this.element.querySelector("[aria-selected=true]"));
    this.more.hidden = shapes.length <= SHOWN;
    this.more.textContent = this.words.part
      .replace("{first}", this.#first + 1)
      .replace("{last}", Math.min(this.#first + SHOWN, shapes.length))
      .replace("{count}", shapes.length);
    document.getElementById("shape-count").textContent = shapes.length;
    this.element.hidden = !shapes.length;
    document.getElementById("no-shapes").hidden = shapes.length > 0;
  }

  #rowOf(shape, index) {
    const row = this.row.content.firstElementChild.cloneNode(true);
    const [left, top, right, bottom] = boundsOf(shape);
    row.id = `shape-${shape.id}`;
    row.dataset.id = shape.id;
    row.setAttribute("aria-selected", String(this.editor.labels.selected.has(shape.id)));
    row.querySelector("rect").setAttribute("fill", this.editor.colorOf(shape.category));
    row.querySelector(".label-name").textContent = `${index + 1} ${this.editor.nameOf(shape.category)}`;
    const kind = this.words[shape.kind];
    const size = `${Math.round(right - left)} × ${Math.round(bottom - top)}`;
    row.querySelector(".label-kind").textContent = [kind, size, shape.suggested ? this.words.suggested : ""]
      .filter(Boolean)
      .join(" · ");
    row.title = `${Math.round(areaOf(shape))} px²`;
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
