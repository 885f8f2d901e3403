// The photo with zoom and pan (OpenSeadragon), and two transparent canvases over it: one for the labels that do
// not change, one for what is selected, dragged or drawn, so that a drag redraws little.
import { middle } from "./geometry.js";
import { isEditable } from "./shape.js";

const HANDLE = 5;
const PIXELS_OF_FINGER = 22;
const PIXELS_OF_MOUSE = 9;

export class Stage {
  opacity = 0.25;
  hidden = false;
  draft = null; // {points, closed, pointer}: what a tool is drawing
  overlays = new Map(); // name -> [{outlines, color, dashed, label}]
  #paths = new WeakMap();
  #scheduled = { still: false, moving: false };

  constructor(element, photo, labels, colorOf) {
    Object.assign(this, { element, photo, labels, colorOf });
    this.viewer = new window.OpenSeadragon({
      element,
      tileSources: { type: "image", url: photo.url, buildPyramid: false },
      drawer: "canvas",
      showNavigationControl: false,
      animationTime: 0,
      minZoomImageRatio: 0.5,
      maxZoomPixelRatio: 24,
      visibilityRatio: 0.2,
      zoomPerScroll: 1.25,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false, flickEnabled: false },
      gestureSettingsTouch: {
        clickToZoom: false,
        dblClickToZoom: false,
        flickEnabled: false,
        pinchToZoom: true,
      },
      gestureSettingsPen: { clickToZoom: false, dblClickToZoom: false, flickEnabled: false },
    });
    // The stage itself takes the focus and the keys.
    this.viewer.canvas.removeAttribute("tabindex");
    this.viewer.addHandler("canvas-key", (event) =>
      Object.assign(event, {
        preventDefaultAction: true,
        preventVerticalPan: true,
        preventHorizontalPan: true,
      }),
    );
    this.still = this.#canvas();
    this.moving = this.#canvas();
    for (const name of ["update-viewport", "open", "resize", "animation"]) {
      this.viewer.addHandler(name, () => this.redraw());
    }
    for (const name of ["change", "load", "selection"]) labels.addEventListener(name, () => this.redraw());
    labels.addEventListener("preview", () => this.redrawMoving());
  }

  #canvas() {
    const canvas = document.createElement("canvas");
    canvas.className = "stage-canvas";
    this.viewer.canvas.append(canvas);
    return canvas;
  }

  get item() {
    return this.viewer.world.getItemAt(0);
  }

  // Pixels of the screen a pixel of the photo.
  get scale() {
    return this.#view().scale;
  }

  #view() {
    const { viewport } = this.viewer;
    const item = this.item;
    if (!item) return { scale: 1, x: 0, y: 0 };
    const { x: width } = item.getContentSize();
    const start = viewport.pixelFromPoint(item.imageToViewportCoordinates(0, 0, true), true);
    const end = viewport.pixelFromPoint(item.imageToViewportCoordinates(width, 0, true), true);
    // The labels count in pixels of the photo, whatever size the browser has decoded.
    return { scale: (end.x - start.x) / this.photo.width, x: start.x, y: start.y };
  }

  toPhoto({ x, y }) {
    const view = this.#view();
    return [(x - view.x) / view.scale, (y - view.y) / view.scale];
  }

  toScreen([x, y]) {
    const view = this.#view();
    return { x: x * view.scale + view.x, y: y * view.scale + view.y };
  }

  // The radius in which a press hits a point, in pixels of the photo.
  reach(pointerType) {
    return (pointerType === "touch" ? PIXELS_OF_FINGER : PIXELS_OF_MOUSE) / this.scale;
  }

  zoom(factor) {
    this.viewer.viewport.zoomBy(factor);
    this.viewer.viewport.applyConstraints();
  }

  fit() {
    this.viewer.viewport.goHome(true);
  }

  panBy(dx, dy) {
    const { viewport } = this.viewer;
    viewport.panBy(viewport.deltaPointsFromPixels(new window.OpenSeadragon.Point(-dx, -dy)));
  }

  adjust({ brightness, contrast }) {
    this.viewer.drawer.canvas.style.filter = `brightness(${brightness}) contrast(${contrast})`;
  }

  redraw() {
    this.#schedule("still");
    this.#schedule("moving");
  }

  redrawMoving() {
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

  #begin(canvas) {
    const { clientWidth, clientHeight } = this.element;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    const view = this.#view();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    context.lineJoin = "round";
    return { context, pixel: 1 / view.scale };
  }

  #path(shape) {
    let path = this.#paths.get(shape);
    if (path) return path;
    path = new Path2D();
    for (const points of shape.outlines) {
      path.moveTo(...points[0]);
      for (let i = 1; i < points.length; i++) path.lineTo(points[i][0], points[i][1]);
      path.closePath();
    }
    this.#paths.set(shape, path);
    return path;
  }

  #drawShape(
    context,
    shape,
    pixel,
    { strong = false, dashed = false, color = this.colorOf(shape.category) } = {},
  ) {
    const path = this.#path(shape);
    context.fillStyle = context.strokeStyle = color;
    context.globalAlpha = Math.min(1, this.opacity + (strong ? 0.15 : 0));
    if (!dashed) context.fill(path, "evenodd");
    context.globalAlpha = 1;
    if (strong) {
      context.strokeStyle = "#fff";
      context.lineWidth = 5 * pixel;
      context.stroke(path);
      context.strokeStyle = color;
    }
    context.lineWidth = (strong ? 3 : 2) * pixel;
    context.setLineDash(dashed ? [8 * pixel, 5 * pixel] : []);
    context.stroke(path);
    context.setLineDash([]);
  }

  #drawStill() {
    const { context, pixel } = this.#begin(this.still);
    if (!this.item || this.hidden) return;
    for (const shape of this.labels.shapes) {
      if (!this.labels.selected.has(shape.id)) this.#drawShape(context, shape, pixel);
    }
    for (const overlays of this.overlays.values()) {
      for (const overlay of overlays) {
        this.#drawShape(context, overlay, pixel, overlay);
        if (overlay.label) this.#write(context, overlay, pixel);
      }
    }
  }

  #write(context, { outlines, label, color }, pixel) {
    const highest = outlines[0].reduce((top, point) => (point[1] < top[1] ? point : top));
    context.font = `600 ${13 * pixel}px sans-serif`;
    const [width, height] = [context.measureText(label).width + 8 * pixel, 18 * pixel];
    // Above the outline, but not beyond the edge of what is seen.
    const [left, top] = this.toPhoto({ x: 0, y: 0 });
    const right = left + this.element.clientWidth * pixel;
    const [x, y] = [Math.max(left, Math.min(highest[0], right - width)), Math.max(top, highest[1] - height)];
    context.fillStyle = "rgb(255 255 255 / 85%)";
    context.fillRect(x, y, width, height);
    context.fillStyle = "#17212b";
    context.fillText(label, x + 4 * pixel, y + 13 * pixel);
    context.fillStyle = color;
    context.fillRect(x, y, 2 * pixel, height);
  }

  #drawMoving() {
    const { context, pixel } = this.#begin(this.moving);
    if (!this.item) return;
    const { labels } = this;
    if (!this.hidden) {
      for (const shape of labels.selectedShapes) {
        this.#drawShape(context, labels.preview?.get(shape.id) ?? shape, pixel, { strong: true });
      }
      const only = labels.onlySelected;
      if (only && isEditable(only)) this.#drawHandles(context, labels.preview?.get(only.id) ?? only, pixel);
    }
    if (this.draft) this.#drawDraft(context, pixel);
  }

  #drawHandles(context, shape, pixel) {
    const [points] = shape.outlines;
    context.lineWidth = 1.5 * pixel;
    context.strokeStyle = "#17212b";
    points.forEach((point, index) => {
      const chosen = index === this.labels.point;
      const size = (chosen ? HANDLE + 2 : HANDLE) * pixel;
      context.fillStyle = chosen ? this.colorOf(shape.category) : "#fff";
      context.fillRect(point[0] - size, point[1] - size, 2 * size, 2 * size);
      context.strokeRect(point[0] - size, point[1] - size, 2 * size, 2 * size);
      if (shape.kind !== "polygon") return;
      const between = middle(point, points[(index + 1) % points.length]);
      context.beginPath();
      context.arc(...between, 3.5 * pixel, 0, 2 * Math.PI);
      context.fillStyle = "rgb(255 255 255 / 75%)";
      context.fill();
      context.stroke();
    });
  }

  #drawDraft(context, pixel) {
    const { points, pointer, closed, color } = this.draft;
    const line = pointer && !closed ? [...points, pointer] : points;
    if (line.length) {
      context.beginPath();
      context.moveTo(...line[0]);
      for (const point of line.slice(1)) context.lineTo(...point);
      if (closed) context.closePath();
      for (const [width, style] of [
        [4, "#fff"],
        [2, color],
      ]) {
        context.lineWidth = width * pixel;
        context.strokeStyle = style;
        context.stroke();
      }
      context.fillStyle = "#fff";
      for (const point of this.draft.freehand ? [] : points) {
        context.fillRect(point[0] - 4 * pixel, point[1] - 4 * pixel, 8 * pixel, 8 * pixel);
      }
    }
    if (this.draft.cursor) this.#drawCross(context, this.draft.cursor, pixel);
  }

  // The cursor of the keyboard.
  #drawCross(context, [x, y], pixel) {
    for (const [width, style] of [
      [4, "#fff"],
      [2, "#17212b"],
    ]) {
      context.beginPath();
      context.moveTo(x - 14 * pixel, y);
      context.lineTo(x + 14 * pixel, y);
      context.moveTo(x, y - 14 * pixel);
      context.lineTo(x, y + 14 * pixel);
      context.lineWidth = width * pixel;
      context.strokeStyle = style;
      context.stroke();
    }
  }
}
