// Two versions of a photo's labels: the person sees both and chooses one, or keeps the shapes of both.
import { fromServer } from "./shape.js";

const keyOf = ({ category, segmentation, bbox, is_box }) =>
  JSON.stringify([category, is_box ? bbox : segmentation]);

export class Conflict {
  constructor(editor, dialog) {
    Object.assign(this, { editor, dialog });
    dialog.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-keep]")?.dataset.keep;
      if (choice) this.#choose(choice);
    });
    // Without a choice nothing is saved; the status beside the tools leads back here.
    editor.onAction("show-conflict", () => this.mine && dialog.showModal());
  }

  // «mine» and «theirs» are {shapes, no_object} as the server has them, «theirs» with its version; «chosen» is called
  // when the person has decided.
  show(mine, theirs, chosen = () => {}) {
    Object.assign(this, { mine, theirs, chosen });
    for (const [side, { shapes, no_object: noObject }] of [
      ["mine", mine],
      ["theirs", theirs],
    ]) {
      const count = this.dialog.querySelector(`[data-count=${side}]`);
      count.textContent = noObject
        ? count.dataset.nothing
        : count.dataset.shapes.replace("{count}", shapes.length);
      this.#draw(this.dialog.querySelector(`canvas[data-side=${side}]`), shapes);
    }
    if (!this.dialog.open) this.dialog.showModal();
  }

  #draw(canvas, items) {
    const { photo } = this.editor;
    const scale = canvas.width / photo.width;
    canvas.height = Math.round(photo.height * scale);
    const context = canvas.getContext("2d");
    const picture = new Image();
    picture.onload = () => {
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      context.scale(scale, scale);
      for (const item of items) {
        context.beginPath();
        for (const points of outlinesOf(item)) {
          context.moveTo(...points[0]);
          for (const point of points.slice(1)) context.lineTo(...point);
          context.closePath();
        }
        context.strokeStyle = context.fillStyle = this.editor.colorOf(item.category);
        context.globalAlpha = 0.3;
        context.fill("evenodd");
        context.globalAlpha = 1;
        context.lineWidth = 2 / scale;
        context.stroke();
      }
    };
    picture.src = photo.url;
  }

  #choose(choice) {
    const { editor, mine, theirs } = this;
    this.mine = null;
    this.dialog.close();
    this.chosen();
    const saved = { shapes: theirs.shapes, no_object: theirs.no_object };
    if (choice === "theirs") editor.takeTheirs(theirs);
    else if (choice === "both") {
      const there = new Set(theirs.shapes.map(keyOf));
      editor.takeBoth(
        [...theirs.shapes, ...mine.shapes.filter((item) => !there.has(keyOf(item)))],
        theirs.version,
        saved,
      );
    } else editor.keepMine(mine, theirs.version, saved);
  }
}

function outlinesOf(item) {
  return fromServer(asDrawn(item)).outlines;
}

// A box that was drawn here has no segmentation yet, a mask that was kept here no outline: both are drawn as their box.
export function asDrawn(item) {
  if (item.outline || (Array.isArray(item.segmentation) && !item.is_box)) return item;
  const [x, y, w, h] = item.bbox;
  const around = [[x, y, x + w, y, x + w, y + h, x, y + h]];
  return item.is_box ? { ...item, segmentation: around } : { ...item, outline: around };
}
