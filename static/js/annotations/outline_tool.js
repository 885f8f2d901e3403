// «Outline from a box»: a box around an object is sent, its outline comes back; strokes refine it until it is accepted.
import { BoxTool } from "./annotator/box_tools.js";
import { editor } from "./annotator/editor.js";
import { bounds, pairs, rectangle } from "./annotator/geometry.js";
import { fromRings } from "./annotator/shape.js";
import { send } from "../web/send.js";
import { show as toast } from "../web/toast.js";

const MARGIN = 0.25; // share of the box: how far outside a stroke may begin
const MIN_SIDE = 3; // pixels of the photo
const STROKE_COLORS = { include: "#1c6b3c", exclude: "#b3261e" };

export async function start(bar) {
  const opened = await editor();
  if (opened.readOnly) return;
  const tool = new OutlineTool(opened, bar);
  opened.registerTool("outline", tool);
  for (const mode of ["include", "exclude"]) opened.onAction(`outline-${mode}`, () => tool.use(mode));
}

class OutlineTool extends BoxTool {
  box = null; // [x, y, width, height]
  outlines = null; // [[[x, y], …]]
  mode = "include";
  strokes = { include: [], exclude: [] };
  #stroke = null;
  #requestId = 0;

  constructor(opened, bar) {
    super(opened);
    this.bar = bar;
  }

  use(mode) {
    this.mode = mode;
    for (const button of this.bar.querySelectorAll("[aria-pressed]")) {
      button.setAttribute("aria-pressed", String(button.dataset.action === `outline-${mode}`));
    }
  }

  press(event) {
    if (this.box && !this.outlines) this.#reset();
    if (!this.outlines) return super.press(event);
    if (!this.#isNear(event.point)) {
      // A press elsewhere accepts the outline and begins the next box.
      this.finish();
      return super.press(event);
    }
    this.#stroke = [this.inside(event.point)];
    return true;
  }

  drag(event) {
    if (!this.#stroke) return super.drag(event);
    this.#stroke.push(this.inside(event.point));
    this.#draw();
  }

  drop(event) {
    if (!this.#stroke) return super.drop(event);
    this.#addStroke(this.#stroke);
  }

  tap(event) {
    if (!this.outlines) return super.tap(event);
    if (this.#stroke) this.#addStroke([this.#stroke[0], this.#stroke[0]]);
  }

  hover(event) {
    if (!this.outlines) super.hover(event);
  }

  // By the keyboard a stroke goes from one point to the next.
  put(point) {
    if (!this.outlines) return super.put(point);
    if (this.#stroke) return this.#addStroke([this.#stroke[0], point]);
    this.#stroke = [point];
  }

  get busy() {
    return super.busy || this.box !== null;
  }

  // The strokes one after the other, then the outline.
  back() {
    if (!this.box) return super.back();
    const { include, exclude } = this.strokes;
    const last = exclude.length ? exclude : include;
    if (!last.length) return this.#reset();
    last.pop();
    this.#request();
  }

  end(_kind, [one, other]) {
    this.clear();
    const [left, top, right, bottom] = bounds([one, other]);
    if (Math.min(right - left, bottom - top) < MIN_SIDE) return this.editor.hint("too-small", one);
    this.box = [left, top, right - left, bottom - top];
    this.#request();
  }

  get coversHandles() {
    return this.box !== null;
  }

  finish() {
    if (!this.outlines) return super.finish();
    const { outlines } = this;
    this.#reset();
    if (outlines.length === 1) return this.editor.addShape("polygon", outlines[0]);
    if (this.editor.hasCategory()) this.editor.labels.add([fromRings(outlines, this.editor.category)]);
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
    const [left, top, width, height] = this.box;
    const beside = Math.max(MARGIN * Math.max(width, height), 10 / this.editor.stage.scale);
    return x > left - beside && x < left + width + beside && y > top - beside && y < top + height + beside;
  }

  #addStroke(points) {
    this.#stroke = null;
    // The server accepts a limited number of points.
    const step = Math.ceil(points.length / 200);
    this.strokes[this.mode].push(
      points.filter((_point, index) => index % step === 0 || index === points.length - 1),
    );
    this.#draw();
    this.#request();
  }

  async #request() {
    const number = ++this.#requestId;
    const { include, exclude } = this.strokes;
    const flat = (strokes) => strokes.map((points) => points.flat());
    this.bar.dataset.state = "asking";
    this.#draw();
    let problem = this.bar.dataset.failed;
    try {
      const hints = { box: this.box, include: flat(include), exclude: flat(exclude) };
      const answer = await send(this.bar.dataset.address, hints);
      const content = await answer.json();
      if (number !== this.#requestId) return;
      problem = answer.ok ? null : content.detail;
      if (answer.ok) this.outlines = content.segmentation.map(pairs);
    } catch {
      if (number !== this.#requestId) return;
    }
    this.bar.dataset.state = this.outlines ? "found" : "";
    if (problem) toast(problem, "warning");
    if (!this.outlines) this.#reset();
    this.#draw();
  }

  #draw() {
    const drawn = { include: [...this.strokes.include], exclude: [...this.strokes.exclude] };
    if (this.#stroke?.length > 1) drawn[this.mode].push(this.#stroke);
    this.editor.setOverlay("outline", overlaysOf(this, drawn, this.editor.currentColor));
  }

  #reset() {
    this.#requestId += 1;
    Object.assign(this, { box: null, outlines: null, strokes: { include: [], exclude: [] } });
    this.#stroke = null;
    this.bar.dataset.state = "";
    this.use("include");
    this.#draw();
  }
}

// The outline, or the box while it is looked for, and the strokes.
function overlaysOf({ box, outlines }, strokes, color) {
  const shapes = [];
  if (outlines) shapes.push({ outlines, color, dashed: true, strong: true });
  else if (box) {
    const [x, y, width, height] = box;
    shapes.push({ outlines: [rectangle([x, y], [x + width, y + height])], color, dashed: true });
  }
  for (const [mode, lines] of Object.entries(strokes)) {
    for (const points of lines) {
      // There and back, because an overlay is a closed line.
      const there = [...points, ...points.toReversed()];
      shapes.push({ outlines: [there], color: STROKE_COLORS[mode], dashed: true, strong: true });
    }
  }
  return shapes;
}
