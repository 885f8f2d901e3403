// Tools that show something of the server's over the photo before it is taken: the selected shapes with fewer points, the
// labels of the photo before at their places on this one.
import { filled } from "../../web/words.js";
import { apply, ask } from "./operations.js";
import { countOf } from "./points.js";
import { covers, fromServer } from "./shape.js";

class OfferTool {
  coversHandles = true;
  offered = null;

  constructor(editor) {
    this.editor = editor;
  }

  press() {
    return false;
  }

  // «values» of the sentence in the bar; «shapes» as overlays.
  show(values, shapes) {
    const output = this.bar.querySelector("output");
    output.textContent = filled(output.dataset.words, values);
    const dashed = shapes.map((shape) => ({ ...shape, dashed: true, strong: true }));
    this.editor.setOverlay(this.name, dashed);
  }

  finish() {
    if (this.offered) this.take(this.offered);
    this.editor.useTool("select");
  }

  cancel() {
    this.editor.useTool("select");
  }

  leave() {
    this.offered = null;
    this.editor.setOverlay(this.name, []);
  }
}

// A slider says how far the outline may move.
export class SimplifyTool extends OfferTool {
  keepsSelection = true;
  bar = document.querySelector("[data-for-tools=simplify]");
  slider = document.getElementById("simplify-tolerance");
  #shapes = [];

  constructor(editor) {
    super(editor);
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
    const { value } = this.slider;
    const shapes = this.#shapes;
    const results = await ask(this.editor, "simplify", shapes, { width: Number(value) });
    const isWanted = this.editor.tool === this && shapes === this.#shapes && value === this.slider.value;
    if (!isWanted) return;
    this.offered = results;
    const after = shapes.map(({ outlines }, at) => ({ outlines: results?.[at]?.[0] ?? outlines }));
    const count = (some) => some.reduce((sum, shape) => sum + countOf(shape), 0);
    this.show(
      { before: count(shapes), after: count(after), tolerance: Number(value) },
      after.map((shape) => ({ ...shape, color: "#d6006c" })),
    );
  }

  take(results) {
    apply(this.editor, this.#shapes, results);
  }
}

// The server moves the labels of the photo before onto this one; a press on one leaves it out.
export class NeighbourTool extends OfferTool {
  bar = document.getElementById("neighbour-bar");

  get busy() {
    return Boolean(this.offered?.length);
  }

  async begin() {
    const { editor, bar } = this;
    const { address, asking } = bar.dataset;
    if (!address) {
      editor.announce("no-neighbour");
      return editor.useTool("select");
    }
    bar.querySelector("output").textContent = asking;
    const isWanted = () => editor.tool === this && address === bar.dataset.address;
    const answer = await editor.ask(address, {}, isWanted);
    if (!isWanted()) return;
    if (!answer) return editor.useTool("select");
    this.#offer(answer.shapes.map(fromServer));
  }

  #offer(shapes) {
    const { colorOf, nameOf } = this.editor;
    this.offered = shapes;
    const shown = shapes.map((shape) => {
      const { category } = shape;
      return { ...shape, color: colorOf(category), label: nameOf(category) };
    });
    this.show({ count: shapes.length }, shown);
  }

  tap({ point }) {
    const shapes = this.offered ?? [];
    const pressed = shapes.find((shape) => covers(shape, point));
    if (pressed) this.#offer(shapes.filter((shape) => shape !== pressed));
  }

  back() {}

  take(shapes) {
    if (shapes.length) this.editor.labels.add(shapes);
  }
}
