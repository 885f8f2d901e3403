// «Outline from a box»: a box around an object is sent, its outline comes back; strokes refine it until it is accepted.
import { BoxTool } from "./annotator/draw_tools.js";
import { bounds, flats, pairs, rectangle } from "./annotator/geometry.js";
import { fromRings } from "./annotator/shape.js";

const MARGIN = 0.25; // share of the box: how far outside a stroke may begin
const MIN_SIDE = 3; // pixels of the photo
const STROKE_COLORS = { include: "#1c6b3c", exclude: "#b3261e" };

export function addOutline(editor) {
  if (editor.readOnly) return;
  const tool = new OutlineTool(editor);
  editor.addTool("outline", tool);
  for (const mode of Object.keys(STROKE_COLORS)) editor.onAction(`outline-${mode}`, () => tool.use(mode));
}

class OutlineTool extends BoxTool {
  bar = document.getElementById("outline-tools");
  box = null; // [left, top, right, bottom]
  outlines = null; // [[[x, y], …]]
  mode = "include";
  strokes = []; // [{mode, points}]
  #stroke = null; // the points of the one that is drawn
  #requestId = 0;

  use(mode) {
    this.mode = mode;
    for (const one of Object.keys(STROKE_COLORS)) this.editor.setPressed(`outline-${one}`, one === mode);
  }

  get busy() {
    return super.busy || this.box !== null;
  }

  get coversHandles() {
    return this.box !== null;
  }

  // A press beside the outline accepts it and begins the next box.
  press(event) {
    if (this.outlines && !this.#isNear(event.point)) this.finish();
    if (this.box && !this.outlines) this.#reset();
    if (!this.outlines) return super.press(event);
    this.#stroke = [this.inside(event.point)];
    return true;
  }

  drag(event) {
    if (!this.#stroke) return super.drag(event);
    this.#stroke.push(this.inside(event.point));
    this.#draw();
  }

  // The end of a stroke; by the keyboard it goes from one point to the next.
  put(point) {
    if (!this.outlines) return super.put(point);
    if (!this.#stroke) return void (this.#stroke = [point]);
    this.strokes.push({ mode: this.mode, points: [...this.#stroke, point] });
    this.#stroke = null;
    this.#request();
  }

  // The strokes one after the other, then the outline.
  back() {
    if (!this.box) return super.back();
    if (!this.strokes.pop()) return this.#reset();
    this.#request();
  }

  complete(...corners) {
    this.clear();
    const [left, top, right, bottom] = bounds(corners);
    if (Math.min(right - left, bottom - top) < MIN_SIDE) return this.editor.hint("too-small", corners[0]);
    this.box = [left, top, right, bottom];
    this.#request();
  }

  finish() {
    const { outlines, editor } = this;
    if (!outlines) return super.finish();
    this.#reset();
    if (outlines.length === 1) return editor.addShape("polygon", outlines[0]);
    if (editor.hasCategory()) editor.labels.add([fromRings(outlines, editor.category)]);
  }

  cancel() {
    return this.box ? this.#reset() : super.cancel();
  }

  cancelDrag() {
    this.#stroke = null;
    if (!this.box) super.cancelDrag();
  }

  leave() {
    this.#reset();
    super.leave();
  }

  #isNear([x, y]) {
    const [left, top, right, bottom] = this.box;
    const beside = Math.max(MARGIN * Math.max(right - left, bottom - top), 10 / this.editor.stage.scale);
    return x > left - beside && x < right + beside && y > top - beside && y < bottom + beside;
  }

  async #request() {
    const number = ++this.#requestId;
    const isWanted = () => number === this.#requestId;
    const [left, top, right, bottom] = this.box;
    const strokesOf = (mode) =>
      flats(this.strokes.filter((stroke) => stroke.mode === mode).map(({ points }) => points));
    const hints = {
      box: [left, top, right - left, bottom - top],
      include: strokesOf("include"),
      exclude: strokesOf("exclude"),
    };
    this.bar.dataset.state = "asking";
    this.#draw();
    const found = await this.editor.ask(this.bar.dataset.address, hints, isWanted);
    if (!isWanted()) return;
    if (found) this.outlines = found.segmentation.map(pairs);
    if (!this.outlines) return this.#reset();
    this.bar.dataset.state = "found";
    this.#draw();
  }

  // The outline, or the box while it is looked for, and the strokes.
  #draw() {
    const { box, outlines, editor, mode } = this;
    const around = box ? [rectangle(box.slice(0, 2), box.slice(2))] : [];
    const strokes =
      this.#stroke?.length > 1 ? [...this.strokes, { mode, points: this.#stroke }] : this.strokes;
    editor.setOverlay("outline", [
      { outlines: outlines ?? around, color: editor.currentColor, dashed: true, strong: outlines !== null },
      ...strokes.map((stroke) => ({
        // There and back, because an overlay is a closed line.
        outlines: [[...stroke.points, ...stroke.points.toReversed()]],
        color: STROKE_COLORS[stroke.mode],
        dashed: true,
        strong: true,
      })),
    ]);
  }

  #reset() {
    this.#requestId += 1;
    Object.assign(this, { box: null, outlines: null, strokes: [] });
    this.#stroke = null;
    this.bar.dataset.state = "";
    this.use("include");
    this.#draw();
  }
}
