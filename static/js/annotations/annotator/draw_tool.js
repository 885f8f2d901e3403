// What the tools share that draw a new shape. The keyboard draws too: the arrow keys move a cross, a key puts a point there.
import { bounds, clamp, distance } from "./geometry.js";

const MIN_AREA = 4; // square pixels of the screen
const SAME_SPOT = 4; // pixels of the screen

export class DrawTool {
  draws = true; // what it drew last is selected, but was not chosen
  points = [];
  pointer = null;
  cross = null; // where the keyboard is

  constructor(editor) {
    this.editor = editor;
  }

  get busy() {
    return this.points.length > 0;
  }

  // What is drawn over the photo (drawing.js).
  get draft() {
    const { points, pointer, cross: cursor, editor } = this;
    return { points, pointer, cursor, color: editor.currentColor };
  }

  show() {
    this.editor.stage.showDraft(this.draft);
  }

  set(points) {
    this.points = points;
    this.editor.keepDraft(this);
    this.show();
  }

  inside(point) {
    return this.editor.snapped(clamp(point, this.editor.photo));
  }

  press() {
    return true;
  }

  hover({ point }) {
    if (!this.busy) return;
    this.pointer = this.inside(point);
    this.show();
  }

  drag(event) {
    this.hover(event);
  }

  // A drag ends as a press does: with most tools its end is a point.
  drop(event) {
    this.tap(event);
  }

  tap({ point, pointerType }) {
    this.put(this.inside(point), this.editor.stage.reach(pointerType));
  }

  // An arrow key: the cross begins in the middle of what is seen.
  moveCross(dx, dy) {
    const { stage } = this.editor;
    const { clientWidth, clientHeight } = stage.element;
    const from = this.cross ?? stage.toPhoto({ x: clientWidth / 2, y: clientHeight / 2 });
    this.cross = this.inside([from[0] + dx, from[1] + dy]);
    if (this.points.length) this.pointer = this.cross;
    this.show();
  }

  putPoint() {
    if (!this.cross) this.moveCross(0, 0);
    else this.put(this.cross, this.editor.stage.reach("mouse"));
  }

  isSameSpot(one, other) {
    return distance(one, other) * this.editor.stage.scale <= SAME_SPOT;
  }

  end(points, kind = "polygon") {
    this.clear();
    // By its bounds: the loops of an outline that crosses itself may cancel each other out.
    const [left, top, right, bottom] = bounds(points);
    const isTooSmall = (right - left) * (bottom - top) * this.editor.stage.scale ** 2 < MIN_AREA;
    if (isTooSmall) this.editor.hint("too-small", points[0]);
    else this.editor.addShape(kind, points);
  }

  clear() {
    this.pointer = null;
    this.set([]);
  }

  cancelDrag() {
    this.clear();
  }

  cancel() {
    const wasBusy = this.busy;
    this.cross = null;
    this.clear();
    if (!wasBusy) this.editor.useTool("select");
  }

  leave() {
    this.cross = null;
    this.clear();
    this.editor.stage.showDraft(null);
  }
}
