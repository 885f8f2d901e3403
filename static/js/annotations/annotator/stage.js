// The photo with zoom and pan (OpenSeadragon), and over it what painter.js draws.
import { Painter } from "./painter.js";

const PIXELS_OF_FINGER = 22; // a handle is 44 pixels wide for a finger
const PIXELS_OF_MOUSE = 9;
const TILES_KEPT = 120; // of 1 MB each
const NO_CLICK_ZOOM = { clickToZoom: false, dblClickToZoom: false, flickEnabled: false };

export class Stage {
  opacity = 0.25;
  hidden = false;
  showsHandles = true;
  fingers = false; // whether the last press was a finger's
  draft = null; // {points, closed, pointer}: what a tool is drawing
  overlays = new Map(); // name -> [{outlines, color, dashed, label}]

  constructor(element, editor) {
    const { photo, labels, view } = editor;
    Object.assign(this, { element, editor, photo });
    this.viewer = new window.OpenSeadragon({
      element,
      tileSources: sourceOf(photo),
      drawer: "canvas",
      showNavigationControl: false,
      animationTime: 0,
      minZoomImageRatio: 0.5,
      maxZoomPixelRatio: 24,
      visibilityRatio: 0.2,
      zoomPerScroll: 1.25,
      preserveImageSizeOnResize: true,
      maxImageCacheCount: TILES_KEPT,
      // Until the server has cut a tile.
      tileRetryMax: 60,
      tileRetryDelay: 1000, // milliseconds
      gestureSettingsMouse: NO_CLICK_ZOOM,
      gestureSettingsTouch: { ...NO_CLICK_ZOOM, pinchToZoom: true },
      gestureSettingsPen: NO_CLICK_ZOOM,
    });
    // The stage itself takes the focus and the keys.
    this.viewer.canvas.removeAttribute("tabindex");
    this.viewer.innerTracker.keyDownHandler = null;
    // The first photo is seen whole; the next ones are seen as this one was left.
    this.viewer.addOnceHandler("open", () => (this.viewer.preserveViewport = true));
    this.painter = new Painter(this);
    this.crosshair = element.querySelector(".crosshair");
    this.viewer.canvas.append(this.crosshair);
    for (const name of ["update-viewport", "animation"]) {
      this.viewer.addHandler(name, () => this.painter.follow());
    }
    for (const name of ["open", "resize"]) this.viewer.addHandler(name, () => this.redraw());
    labels.addEventListener("any", () => this.redraw());
    labels.addEventListener("preview", () => this.redrawMoving());
    view.addEventListener("change", () => this.redraw());
  }

  redraw = () => this.painter.redraw();
  redrawMoving = () => this.painter.redrawMoving();

  get item() {
    return this.viewer.world.getItemAt(0);
  }

  // Another photo; the last one stays until it is there. A photo of the same size is seen at the same place. Not by the
  // library's «replace»: each photo would hold the one before it, and so all that were ever open.
  open(photo) {
    const sameSize = photo.width === this.photo.width && photo.height === this.photo.height;
    return new Promise((resolve) => {
      this.viewer.addTiledImage({
        tileSource: sourceOf(photo),
        index: 0,
        success: () => {
          const { world } = this.viewer;
          while (world.getItemCount() > 1) world.removeItem(world.getItemAt(1));
          this.photo = photo;
          if (!sameSize) this.fit();
          this.redraw();
          resolve();
        },
        error: () => resolve(Object.assign(this, { photo })),
      });
    });
  }

  // Pixels of the screen a pixel of the photo.
  get scale() {
    return this.place().scale;
  }

  // Where the photo is seen: {scale, x, y}.
  place() {
    const { viewport } = this.viewer;
    const { item } = this;
    if (!item) return { scale: 1, x: 0, y: 0 };
    const { x: width } = item.getContentSize();
    const start = viewport.pixelFromPoint(item.imageToViewportCoordinates(0, 0, true), true);
    const end = viewport.pixelFromPoint(item.imageToViewportCoordinates(width, 0, true), true);
    // The labels count in pixels of the photo, whatever size the browser has decoded.
    return { scale: (end.x - start.x) / this.photo.width, x: start.x, y: start.y };
  }

  toPhoto({ x, y }) {
    const place = this.place();
    return [(x - place.x) / place.scale, (y - place.y) / place.scale];
  }

  toScreen([x, y]) {
    const place = this.place();
    return { x: x * place.scale + place.x, y: y * place.scale + place.y };
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

  // The photo so that this point is in the middle.
  moveTo(point) {
    const { x, y } = this.toScreen(point);
    this.panBy(this.element.clientWidth / 2 - x, this.element.clientHeight / 2 - y);
  }

  panBy(dx, dy) {
    const { viewport } = this.viewer;
    viewport.panBy(viewport.deltaPointsFromPixels(new window.OpenSeadragon.Point(-dx, -dy)));
  }

  showCrosshair({ x, y }) {
    if (this.crosshair.hidden) return;
    this.crosshair.style.setProperty("--x", `${x}px`);
    this.crosshair.style.setProperty("--y", `${y}px`);
  }

  // What a tool is drawing; null is nothing.
  showDraft(draft) {
    this.draft = draft;
    this.redrawMoving();
  }
}

// A large photo comes in tiles (webapp/images/tiles.py).
function sourceOf({ url, tiles }) {
  if (!tiles) return { type: "image", url, buildPyramid: false };
  return { ...tiles, getTileUrl: (level, x, y) => `${tiles.folder}/${level}/${x}_${y}.jpg` };
}
