// The labels of the photo before, moved onto this one by the server: offered, and taken or left out.
import { editor } from "./annotator/editor.js";
import { pairs } from "./annotator/geometry.js";
import { covers, fromRings, make } from "./annotator/shape.js";
import { send } from "../web/send.js";
import { show as toast } from "../web/toast.js";

export async function start(bar) {
  const opened = await editor();
  if (!opened.readOnly) opened.registerTool("neighbour", new NeighbourTool(opened, bar));
}

class NeighbourTool {
  coversHandles = true;
  #offered = [];

  constructor(opened, bar) {
    Object.assign(this, { editor: opened, bar, status: bar.querySelector("[role=status]") });
  }

  get busy() {
    return this.#offered.length > 0;
  }

  async begin() {
    const { address, none, asking } = this.bar.dataset;
    if (!address) return this.#end(none);
    this.status.textContent = asking;
    let answer;
    try {
      const response = await send(address);
      answer = await response.json();
      if (this.editor.tool !== this || address !== this.bar.dataset.address) return;
      if (!response.ok) return this.#end(answer.detail);
    } catch {
      return this.#end(this.editor.words.noAnswer);
    }
    this.#offered = answer.shapes.map(({ category, outline, is_box: isBox }) => {
      const outlines = outline.map(pairs);
      return isBox ? make("box", outlines[0], category) : fromRings(outlines, category);
    });
    this.#show();
  }

  // What the server says instead, and the tool that was there before.
  #end(sentence) {
    toast(sentence, "info");
    this.editor.useTool("select");
  }

  #show() {
    this.status.textContent = this.bar.dataset.found.replace("{count}", this.#offered.length);
    const overlays = this.#offered.map((shape) => ({
      outlines: shape.outlines,
      color: this.editor.colorOf(shape.category),
      dashed: true,
      strong: true,
      label: this.editor.nameOf(shape.category),
    }));
    this.editor.setOverlay("neighbour", overlays);
  }

  press() {
    return false;
  }

  tap({ point }) {
    const at = this.#offered.findIndex((shape) => covers(shape, point));
    if (at < 0) return;
    this.#offered.splice(at, 1);
    this.#show();
  }

  back() {}

  finish() {
    const shapes = this.#offered;
    this.#offered = [];
    if (shapes.length) this.editor.labels.add(shapes);
    this.editor.useTool("select");
  }

  cancel() {
    this.editor.useTool("select");
  }

  leave() {
    this.#offered = [];
    this.editor.setOverlay("neighbour", []);
  }
}
