// Fewer points: a slider says how far the outline may move, the result is shown over the shape before it is taken.
import { filled } from "../../web/words.js";
import { countOf } from "./points.js";
import { apply, ask } from "./operations.js";

export class SimplifyTool {
  keepsSelection = true;
  coversHandles = true;
  #number = 0; // of the last request
  #shapes = [];
  #results = null;

  constructor(editor) {
    this.editor = editor;
    this.bar = document.querySelector("[data-for-tools=simplify]");
    this.slider = document.getElementById("simplify-tolerance");
    this.slider?.addEventListener("input", () => this.#ask());
  }

  begin() {
    if (!this.editor.labels.selected.size) {
      this.editor.announce("select-one");
      return this.editor.useTool("select");
    }
    this.#shapes = this.editor.freeShapes.filter(({ kind }) => kind !== "box");
    this.#ask();
  }

  async #ask() {
    const number = ++this.#number;
    const tolerance = Number(this.slider.value);
    const results = await ask(this.editor, "simplify", this.#shapes, { width: tolerance });
    if (number !== this.#number || this.editor.tool !== this) return;
    this.#results = results;
    const after = this.#shapes.map((shape, at) => results?.[at]?.[0] ?? shape.outlines);
    const count = (shapes) => shapes.reduce((sum, shape) => sum + countOf(shape), 0);
    const output = this.bar.querySelector("output");
    output.textContent = filled(output.dataset.words, {
      before: count(this.#shapes),
      after: count(after.map((outlines) => ({ outlines }))),
      tolerance,
    });
    const overlays = after.map((outlines) => ({ outlines, color: "#d6006c", dashed: true, strong: true }));
    this.editor.setOverlay("simplify", overlays);
  }

  press() {
    return false;
  }

  finish() {
    if (this.#results) apply(this.editor, this.#shapes, this.#results);
    this.editor.useTool("select");
  }

  cancel() {
    this.editor.useTool("select");
  }

  leave() {
    this.#number += 1;
    this.#results = null;
    this.editor.setOverlay("simplify", []);
  }
}
