// Passes mouse, pen and touch events of the stage to the current tool. A drag that the tool does not take pans; two
// fingers and the wheel zoom; the middle button and the space bar pan with any tool.
const CLICK_TOLERANCE = 6; // pixels of the screen: a shorter movement is a click

export class Pointers {
  panning = false; // the space bar is held
  #pressed = null;

  constructor(stage, toolInUse) {
    Object.assign(this, { stage, toolInUse });
    const { viewer } = stage;
    viewer.addHandler("canvas-press", (event) => this.#press(event));
    viewer.addHandler("canvas-drag", (event) => this.#drag(event));
    viewer.addHandler("canvas-drag-end", (event) => Object.assign(event, { preventDefaultAction: true }));
    viewer.addHandler("canvas-release", (event) => this.#release(event));
    viewer.addHandler("canvas-pinch", () => this.#pinch());
    viewer.addHandler("canvas-double-click", (event) => this.toolInUse().double?.(this.#event(event)));
    viewer.innerTracker.moveHandler = (event) => this.#move(event);
    // The system cancels a touch, for a call for example.
    viewer.canvas.addEventListener("pointercancel", () => this.#pinch());
  }

  #event({ position, pointerType, originalEvent }) {
    const { shiftKey, ctrlKey, altKey, metaKey } = originalEvent;
    return {
      point: this.stage.toPhoto(position),
      screen: position,
      pointerType,
      shift: shiftKey,
      ctrl: ctrlKey || metaKey,
      alt: altKey,
    };
  }

  #press(event) {
    if (!this.stage.item) return;
    this.stage.element.focus({ preventScroll: true });
    this.#pressed = { start: event.position, moved: false, taken: false };
    if (!this.panning) this.#pressed.taken = this.toolInUse().press?.(this.#event(event)) === true;
  }

  #drag(event) {
    const pressed = this.#pressed;
    if (!pressed) return;
    const { x, y } = event.position;
    if (Math.hypot(x - pressed.start.x, y - pressed.start.y) > CLICK_TOLERANCE) pressed.moved = true;
    if (!pressed.taken) return;
    event.preventDefaultAction = true;
    if (pressed.moved) this.toolInUse().drag?.(this.#event(event));
  }

  #release(event) {
    const pressed = this.#pressed;
    this.#pressed = null;
    if (!pressed || this.panning) return;
    const toolEvent = this.#event(event);
    if (pressed.taken && pressed.moved) this.toolInUse().drop?.(toolEvent);
    else if (!pressed.moved) this.toolInUse().tap?.(toolEvent);
  }

  // With a second finger the gesture is a zoom: what the first began is cancelled.
  #pinch() {
    if (this.#pressed?.taken) this.toolInUse().cancelDrag?.();
    this.#pressed = null;
  }

  #move(event) {
    const { originalEvent } = event;
    if (originalEvent.buttons & 4) this.stage.panBy(originalEvent.movementX, originalEvent.movementY);
    else if (!originalEvent.buttons && this.stage.item) this.toolInUse().hover?.(this.#event(event));
  }
}
