// Passes mouse, pen and touch events of the stage to the current tool. A drag that the tool does not take pans; two
// fingers and the wheel zoom; the middle button and the space bar pan with any tool.
import { distance } from "./geometry.js";

const CLICK_TOLERANCE = 6; // pixels of the screen: a shorter movement is a click
const DOUBLE_TOLERANCE = 4; // pixels of the screen: only presses on the same spot are a double press
const DOUBLE_MS = 400; // milliseconds

export class Pointers {
  panning = false; // the space bar is held
  #pressed = null;
  #lastTap = null;

  constructor(editor) {
    const { stage } = editor;
    const { viewer } = stage;
    Object.assign(this, { editor, stage });
    viewer.addHandler("canvas-press", (event) => this.#press(event));
    viewer.addHandler("canvas-drag", (event) => this.#drag(event));
    viewer.addHandler("canvas-drag-end", (event) => Object.assign(event, { preventDefaultAction: true }));
    viewer.addHandler("canvas-release", (event) => this.#release(event));
    viewer.addHandler("canvas-pinch", () => this.#pinch());
    viewer.addHandler("canvas-scroll", (event) => this.#scroll(event));
    viewer.innerTracker.moveHandler = (event) => this.#move(event);
    // The system cancels a touch, for a call for example.
    viewer.canvas.addEventListener("pointercancel", () => this.#pinch());
  }

  #event({ position, pointerType, originalEvent }) {
    const { shiftKey: shift, altKey: alt } = originalEvent;
    const screen = [position.x, position.y];
    return { point: this.stage.toPhoto(position), screen, pointerType, shift, alt };
  }

  #press(event) {
    if (!this.stage.item) return;
    this.stage.element.focus({ preventScroll: true });
    this.stage.fingers = event.pointerType === "touch";
    const toolEvent = this.#event(event);
    this.#pressed = { start: toolEvent.screen, moved: false, taken: false, panning: this.panning };
    if (this.panning) return;
    const tool = this.editor.toolFor(toolEvent);
    Object.assign(this.#pressed, { tool, taken: tool.press(toolEvent) === true });
  }

  #drag(event) {
    const pressed = this.#pressed;
    if (!pressed) return;
    const toolEvent = this.#event(event);
    if (distance(toolEvent.screen, pressed.start) > CLICK_TOLERANCE) pressed.moved = true;
    if (!pressed.taken) return;
    event.preventDefaultAction = true;
    if (pressed.moved) pressed.tool.drag(toolEvent);
  }

  #release(event) {
    const pressed = this.#pressed;
    this.#pressed = null;
    if (!pressed || pressed.panning) return;
    const toolEvent = this.#event(event);
    if (pressed.taken && pressed.moved) pressed.tool.drop(toolEvent);
    else if (!pressed.moved) this.#tap(pressed.tool, toolEvent, event.originalEvent.timeStamp);
  }

  #tap(tool, event, time) {
    const { screen } = event;
    const last = this.#lastTap;
    this.#lastTap = { screen, time };
    tool.tap?.(event);
    const isOver = !last || time - last.time > DOUBLE_MS;
    if (isOver || distance(last.screen, screen) > DOUBLE_TOLERANCE) return;
    this.#lastTap = null;
    tool.double?.(event);
  }

  // With a second finger the gesture is a zoom: what the first began is cancelled.
  #pinch() {
    if (this.#pressed?.taken) this.#pressed.tool.cancelDrag();
    this.#pressed = null;
  }

  // With Ctrl the wheel belongs to the tool, for the size of the brush.
  #scroll(event) {
    if (!event.originalEvent.ctrlKey || !this.editor.tool.hasWidth) return;
    Object.assign(event, { preventDefaultAction: true, preventDefault: true });
    this.editor.run(event.scroll > 0 ? "width-up" : "width-down");
  }

  #move(event) {
    const { originalEvent } = event;
    this.stage.showCrosshair(event.position);
    if (originalEvent.buttons & 4) this.stage.panBy(originalEvent.movementX, originalEvent.movementY);
    else if (!originalEvent.buttons && this.stage.item) this.editor.tool.hover?.(this.#event(event));
  }
}
