// Two transparent canvases over the photo: one for the labels that do not change, one for what is selected, dragged or
// drawn, so that a drag redraws little. The first one is larger than the stage, so that a pan only moves it.
import { areHandles } from "./points.js";
import { boundsOf } from "./shape.js";
import { drawDraft, drawHandles, drawShape, write } from "./drawing.js";

const MARGIN = 256; // pixels of the screen that the still canvas is larger on each side (annotator.css)
const NAMED = 20; // pixels of the screen: a narrower shape has no room for its name

// The same work for the next frame, once, however often it is asked for.
export function onceAFrame(work) {
  let frame = null;
  const run = () => {
    frame = null;
    work();
  };
  return () => (frame ??= requestAnimationFrame(run));
}

export class Painter {
  #redrawStill = onceAFrame(() => this.#drawStill());
  redrawMoving = onceAFrame(() => this.#drawMoving());
  #drawnAt = null; // where the photo was when the still canvas was drawn

  constructor(stage) {
    this.stage = stage;
    [this.still, this.moving] = stage.element.querySelectorAll(".stage-canvas");
    stage.viewer.canvas.append(this.still, this.moving);
  }

  redraw() {
    this.#redrawStill();
    this.redrawMoving();
  }

  // The photo was panned or zoomed.
  follow() {
    const place = this.stage.place();
    const drawn = this.#drawnAt;
    const isNear =
      drawn &&
      Math.abs(place.scale - drawn.scale) < 1e-9 &&
      Math.max(Math.abs(place.x - drawn.x), Math.abs(place.y - drawn.y)) < MARGIN;
    if (!isNear) return this.redraw();
    this.still.style.transform = `translate(${place.x - drawn.x}px, ${place.y - drawn.y}px)`;
    this.redrawMoving();
  }

  // «seen» is what of the photo the canvas shows: [left, top, right, bottom].
  #begin(canvas) {
    const { clientWidth, clientHeight, offsetLeft, offsetTop } = canvas;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    const place = this.stage.place();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const [x, y] = [place.x - offsetLeft, place.y - offsetTop];
    const scale = ratio * place.scale;
    context.setTransform(scale, 0, 0, scale, ratio * x, ratio * y);
    context.lineJoin = "round";
    const pixel = 1 / place.scale;
    const seen = [-x, -y, clientWidth - x, clientHeight - y].map((edge) => edge * pixel);
    return { context, pixel, place, seen };
  }

  #drawStill() {
    const { stage } = this;
    const { context, pixel, place, seen } = this.#begin(this.still);
    this.#drawnAt = place;
    this.still.style.transform = "";
    if (!stage.item || stage.hidden) return;
    const { labels, view, colorOf, nameOf } = stage.editor;
    const look = { opacity: stage.opacity, pixel };
    const shown = labels.shapes.filter(({ id }) => !view.isHidden(id)).filter((shape) => isSeen(shape, seen));
    for (const shape of shown) {
      if (labels.selected.has(shape.id)) continue;
      const [color, locked] = [colorOf(shape.category), view.isLocked(shape.id)];
      drawShape(context, shape, { ...look, color, locked });
    }
    // Of the photo as it is seen, without the margin.
    const [left, top] = stage.toPhoto({ x: 0, y: 0 });
    const edges = [left, top, left + stage.element.clientWidth * pixel];
    for (const shape of view.switches.names ? shown : []) {
      const name = { ...shape, label: nameOf(shape.category), color: colorOf(shape.category) };
      const [x1, , x2] = boundsOf(shape);
      if ((x2 - x1) / pixel >= NAMED) write(context, name, edges, pixel);
    }
    for (const overlay of [...stage.overlays.values()].flat()) {
      drawShape(context, overlay, { ...look, ...overlay });
      if (overlay.label) write(context, overlay, edges, pixel);
    }
  }

  #drawMoving() {
    const { stage } = this;
    const { context, pixel } = this.#begin(this.moving);
    if (!stage.item) return;
    const { labels, view, colorOf } = stage.editor;
    const asDragged = (shape) => labels.preview?.get(shape.id) ?? shape;
    const shown = stage.hidden ? [] : labels.selectedShapes.filter(({ id }) => !view.isHidden(id));
    for (const shape of shown) {
      const look = { opacity: stage.opacity, pixel, strong: true, color: colorOf(shape.category) };
      drawShape(context, asDragged(shape), look);
    }
    const { shape } = stage.editor.handles;
    if (shape && stage.showsHandles && areHandles(asDragged(shape), stage.scale)) {
      const look = { color: colorOf(shape.category), fingers: stage.fingers, chosen: labels.point };
      drawHandles(context, asDragged(shape), { pixel, ...look });
    }
    if (stage.draft) drawDraft(context, stage.draft, pixel);
  }
}

function isSeen(shape, [left, top, right, bottom]) {
  const [x1, y1, x2, y2] = boundsOf(shape);
  return x1 <= right && x2 >= left && y1 <= bottom && y2 >= top;
}
