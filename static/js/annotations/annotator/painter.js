// Two transparent canvases over the photo: one for the labels that do not change, one for what is selected, dragged or
// drawn, so that a drag redraws little. The first one is larger than the stage, so that a pan only moves it.
import { areHandles, eachPoint } from "./points.js";
import { boundsOf } from "./shape.js";
import { drawDraft, drawHandles, drawShape, write } from "./drawing.js";

const MARGIN = 0.3; // of the stage, on each side
const NAMED = 20; // pixels of the screen: a narrower shape has no room for its name

export class Painter {
  #scheduled = { still: false, moving: false };
  #drawnAt = null; // where the photo was when the still canvas was drawn

  constructor(stage) {
    this.stage = stage;
    this.still = this.#canvas();
    this.moving = this.#canvas();
  }

  #canvas() {
    const canvas = document.createElement("canvas");
    canvas.className = "stage-canvas";
    canvas.hidden = true; // until it has its size: it would be seen to jump
    this.stage.viewer.canvas.append(canvas);
    return canvas;
  }

  redraw() {
    this.#schedule("still");
    this.#schedule("moving");
  }

  redrawMoving() {
    this.#schedule("moving");
  }

  // The photo was panned or zoomed.
  follow() {
    const place = this.stage.place();
    const drawn = this.#drawnAt;
    const { clientWidth, clientHeight } = this.stage.element;
    const isNear =
      drawn &&
      Math.abs(place.scale - drawn.scale) < 1e-9 &&
      Math.abs(place.x - drawn.x) < MARGIN * clientWidth &&
      Math.abs(place.y - drawn.y) < MARGIN * clientHeight;
    if (!isNear) return this.redraw();
    this.still.style.transform = `translate(${place.x - drawn.x}px, ${place.y - drawn.y}px)`;
    this.#schedule("moving");
  }

  #schedule(layer) {
    if (this.#scheduled[layer]) return;
    this.#scheduled[layer] = true;
    requestAnimationFrame(() => {
      this.#scheduled[layer] = false;
      if (layer === "still") this.#drawStill();
      else this.#drawMoving();
    });
  }

  // «seen» is what of the photo the canvas shows: [left, top, right, bottom].
  #begin(canvas, margin) {
    const { clientWidth, clientHeight } = this.stage.element;
    const ratio = window.devicePixelRatio || 1;
    const [beside, above] = [Math.round(margin * clientWidth), Math.round(margin * clientHeight)];
    const [width, height] = [clientWidth + 2 * beside, clientHeight + 2 * above];
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    canvas.hidden = false;
    if (canvas.width !== across || canvas.height !== down) {
      Object.assign(canvas, { width: across, height: down });
      Object.assign(canvas.style, {
        width: `${width}px`,
        height: `${height}px`,
        left: `${-beside}px`,
        top: `${-above}px`,
      });
    }
    const context = canvas.getContext("2d");
    const place = this.stage.place();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, across, down);
    const scale = ratio * place.scale;
    context.setTransform(scale, 0, 0, scale, ratio * (place.x + beside), ratio * (place.y + above));
    context.lineJoin = "round";
    const pixel = 1 / place.scale;
    const [left, top] = [(-place.x - beside) * pixel, (-place.y - above) * pixel];
    return { context, pixel, place, seen: [left, top, left + width * pixel, top + height * pixel] };
  }

  #drawStill() {
    const { stage } = this;
    const { context, pixel, place, seen } = this.#begin(this.still, MARGIN);
    this.#drawnAt = place;
    this.still.style.transform = "";
    if (!stage.item || stage.hidden) return;
    const { labels, view } = stage;
    const look = { opacity: stage.opacity, pixel };
    for (const shape of labels.shapes) {
      if (labels.selected.has(shape.id) || view?.isHidden(shape.id) || !isSeen(shape, seen)) continue;
      drawShape(context, shape, {
        ...look,
        color: stage.colorOf(shape.category),
        locked: view?.isLocked(shape.id),
      });
    }
    if (view?.switches.names) this.#writeNames(context, pixel, seen);
    for (const overlays of stage.overlays.values()) {
      for (const overlay of overlays) {
        drawShape(context, overlay, { ...look, ...overlay });
        if (overlay.label) write(context, overlay, this.#edges(), pixel);
      }
    }
  }

  #writeNames(context, pixel, seen) {
    const { labels, view, colorOf, nameOf } = this.stage;
    for (const shape of labels.shapes) {
      const [left, , right] = boundsOf(shape);
      if (view.isHidden(shape.id) || !isSeen(shape, seen) || (right - left) / pixel < NAMED) continue;
      const { outlines } = shape;
      write(
        context,
        { outlines, label: nameOf(shape.category), color: colorOf(shape.category) },
        this.#edges(),
        pixel,
      );
    }
  }

  // Of the photo as it is seen: left, top, right.
  #edges() {
    const { stage } = this;
    const [left, top] = stage.toPhoto({ x: 0, y: 0 });
    return [left, top, left + stage.element.clientWidth / stage.scale];
  }

  #drawMoving() {
    const { stage } = this;
    const { context, pixel } = this.#begin(this.moving, 0);
    if (!stage.item) return;
    const { labels, view, fingers } = stage;
    if (!stage.hidden) {
      for (const shape of labels.selectedShapes) {
        if (view?.isHidden(shape.id)) continue;
        const now = labels.preview?.get(shape.id) ?? shape;
        drawShape(context, now, {
          opacity: stage.opacity,
          pixel,
          strong: true,
          color: stage.colorOf(shape.category),
        });
      }
      const only = labels.onlySelected;
      if (only && !view?.isLocked(only.id) && stage.showsHandles) {
        const now = labels.preview?.get(only.id) ?? only;
        const color = stage.colorOf(only.category);
        if (areHandles(now, stage.scale)) {
          drawHandles(context, now, eachPoint, { pixel, color, fingers, chosen: labels.point });
        }
      }
    }
    if (stage.draft) drawDraft(context, stage.draft, pixel);
  }
}

function isSeen(shape, [left, top, right, bottom]) {
  const [x1, y1, x2, y2] = boundsOf(shape);
  return x1 <= right && x2 >= left && y1 <= bottom && y2 >= top;
}
