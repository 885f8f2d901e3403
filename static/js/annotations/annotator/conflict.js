// Two versions of a photo's labels: the person sees both and chooses one, or keeps the shapes of both.
import { drawShape } from "./drawing.js";
import { fromServer, keyOf, labelsOf } from "./shape.js";

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

  // «mine» and «theirs» are {shapes, no_object} as the server has them, «theirs» with its version; «base» is what both
  // began with, as far as it is known; «chosen» is called when the person has decided.
  show(mine, theirs, base, chosen = () => {}) {
    Object.assign(this, { mine, theirs, base, chosen });
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
        const color = this.editor.colorOf(item.category);
        drawShape(context, fromServer(asDrawn(item)), { color, pixel: 1 / scale, opacity: 0.3 });
      }
    };
    picture.src = photo.tiles?.first ?? photo.url;
  }

  #choose(choice) {
    const { editor, mine, theirs } = this;
    this.mine = null;
    this.dialog.close();
    this.chosen();
    const saved = labelsOf(theirs);
    if (choice === "theirs") editor.takeTheirs(theirs);
    else if (choice === "both") {
      const shapes = ofBoth(this.base?.shapes ?? [], mine.shapes, theirs.shapes);
      editor.keepMine({ shapes, no_object: false }, theirs.version, saved);
    } else editor.keepMine(mine, theirs.version, saved);
  }
}

// What both have: a shape that one of them moved or deleted is gone as the other still has it.
export function ofBoth(base, mine, theirs) {
  const [before, here, there] = [base, mine, theirs].map((items) => new Set(items.map(keyOf)));
  const isGone = (item, other) => before.has(keyOf(item)) && !other.has(keyOf(item));
  return [
    ...theirs.filter((item) => !isGone(item, here)),
    ...mine.filter((item) => !there.has(keyOf(item)) && !isGone(item, there)),
  ];
}

// A box that was drawn here has no segmentation yet, a mask that was kept here no outline: both are drawn as their box.
export function asDrawn(item) {
  if (item.outline || (Array.isArray(item.segmentation) && !item.is_box)) return item;
  const [x, y, w, h] = item.bbox;
  const around = [[x, y, x + w, y, x + w, y + h, x, y + h]];
  return item.is_box ? { ...item, segmentation: around } : { ...item, outline: around };
}
