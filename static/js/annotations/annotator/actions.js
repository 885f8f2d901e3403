// What the keys and buttons do. Their names, keys and words stand in webapp/annotations/pages/editor_actions.py.
import { copied, copy, requestPaste, consumePasteRequest } from "./clipboard.js";
import { clamp, middle, moved } from "./geometry.js";
import { nameOf } from "./keys.js";
import { copyOf, isEditable, withPoints } from "./shape.js";
import { movePoint } from "./select_tool.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LARGE_STEP = 10;

export function addActions(editor) {
  const { labels, stage, element } = editor;
  const on = (name, run) => editor.onAction(name, run);
  const onEdit = (name, run) => on(name, (event) => !editor.readOnly && run(event));

  for (const name of ["select", "polygon", "box", "freehand"]) on(`tool-${name}`, () => editor.useTool(name));
  onEdit("undo", () => labels.undo());
  onEdit("redo", () => labels.redo());
  on("cancel", () => editor.tool.cancel?.());
  on("finish", () => editor.tool.finish?.());
  on("put-point", () => editor.tool.putPoint?.());
  onEdit("delete", () => {
    if (editor.tool.busy) return editor.tool.back();
    const only = labels.onlySelected;
    if (only?.kind === "polygon" && labels.point !== null && only.outlines[0].length > 3) {
      return removePoint(only);
    }
    if (labels.selected.size) labels.remove(labels.selected);
  });
  on("select-all", () => labels.select(labels.shapes.map((shape) => shape.id)));
  on("next-shape", () => stepShape(1));
  on("previous-shape", () => stepShape(-1));
  on("next-point", () => stepPoint(1));
  on("previous-point", () => stepPoint(-1));
  onEdit("insert-point", insertPoint);
  for (const name of ["nudge", "nudge-far"]) {
    on(name, (event) => arrow(event, name === "nudge" ? 1 : LARGE_STEP));
  }

  onEdit(
    "copy",
    () =>
      labels.selected.size &&
      (copy(labels.selectedShapes), editor.announce("copied", { count: labels.selected.size })),
  );
  onEdit("paste", paste);
  onEdit("duplicate", () => {
    const copies = labels.selectedShapes.map(copyOf);
    if (copies.length) {
      labels.add(
        copies.map((shape) =>
          isEditable(shape)
            ? withPoints(shape, moved(shape.outlines[0], LARGE_STEP, LARGE_STEP, editor.photo))
            : shape,
        ),
      );
    }
  });
  onEdit("copy-to-next", () => {
    const next = document.querySelector("main a[rel=next][data-photo-step]");
    if (!next || !labels.shapes.length) return;
    copy(labels.selected.size ? labels.selectedShapes : labels.shapes);
    requestPaste();
    leaveFor(next.href);
  });
  labels.addEventListener("load", () => consumePasteRequest() && paste(), { once: true });

  on("zoom-in", () => stage.zoom(1.4));
  on("zoom-out", () => stage.zoom(1 / 1.4));
  on("fit", () => stage.fit());
  on("toggle-labels", () => {
    stage.hidden = !stage.hidden;
    element
      .querySelector("button[data-action=toggle-labels]")
      .setAttribute("aria-pressed", String(stage.hidden));
    stage.redraw();
  });
  for (const [name, step] of [
    ["brightness", 0.1],
    ["contrast", 0.1],
    ["opacity", 0.05],
  ]) {
    on(`${name}-up`, () => slide(name, step));
    on(`${name}-down`, () => slide(name, -step));
    sliderOf(name).addEventListener("input", adjust);
  }
  on("reset-view", () => {
    for (const name of ["brightness", "contrast", "opacity"]) {
      sliderOf(name).value = sliderOf(name).defaultValue;
    }
    adjust();
    stage.fit();
  });
  onEdit("no-object", () => !labels.shapes.length && labels.commit([], { noObject: !labels.noObject }));
  on("save", () => editor.save.flush());
  onEdit(
    "review",
    async () => (await editor.save.flush()) && document.querySelector("[data-review-toggle]")?.click(),
  );
  on("history", () => {
    const fold = document.getElementById("label-history");
    fold.open = !fold.open;
    fold.querySelector("summary").focus();
  });
  on("help", () => document.getElementById("annotator-help").showModal());
  on("category", (event) => {
    const category = editor.categories[Number(nameOf(event)) - 1];
    if (category) editor.useCategory(category.id);
  });
  for (const [name, selector] of [
    ["next-photo", "a[rel=next][data-photo-step]"],
    ["previous-photo", "a[rel=prev][data-photo-step]"],
    ["next-unlabelled", "a[data-next-unlabelled]"],
  ]) {
    on(name, () => {
      const link = document.querySelector(`main ${selector}`);
      if (link) leaveFor(link.href);
    });
  }
  // A link to another page first saves the labels, if the server can be reached.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (
      !link ||
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.button ||
      link.target ||
      link.hash ||
      link.hasAttribute("download") ||
      !editor.save.isUnsaved
    ) {
      return;
    }
    event.preventDefault();
    leaveFor(link.href);
  });
  restoreSliders();
  editor.chooseKeptCategory();

  async function leaveFor(address) {
    await editor.save.flush();
    location.href = address;
  }

  function stepShape(step) {
    if (!labels.shapes.length) return;
    const at = labels.shapes.findIndex((shape) => labels.selected.has(shape.id));
    const next =
      at < 0
        ? step > 0
          ? 0
          : labels.shapes.length - 1
        : (at + step + labels.shapes.length) % labels.shapes.length;
    editor.useTool("select");
    labels.select([labels.shapes[next].id]);
  }

  function stepPoint(step) {
    const only = labels.onlySelected;
    if (!only || !isEditable(only)) return;
    const count = only.outlines[0].length;
    labels.select([only.id], ((labels.point ?? (step > 0 ? -1 : 0)) + step + count) % count);
  }

  function insertPoint() {
    const only = labels.onlySelected;
    if (only?.kind !== "polygon") return;
    const at = labels.point ?? 0;
    const [points] = only.outlines;
    const between = middle(points[at], points[(at + 1) % points.length]);
    labels.update([withPoints(only, [...points.slice(0, at + 1), between, ...points.slice(at + 1)])]);
    labels.select([only.id], at + 1);
  }

  function removePoint(shape) {
    labels.update([
      withPoints(
        shape,
        shape.outlines[0].filter((_point, index) => index !== labels.point),
      ),
    ]);
  }

  function arrow(event, step) {
    const [x, y] = ARROWS[event.key];
    const [dx, dy] = [x * step, y * step];
    const only = labels.onlySelected;
    if (editor.tool.moveCross) return editor.tool.moveCross(dx, dy);
    if (editor.readOnly || !labels.selected.size) {
      return stage.panBy((-dx * 40) / Math.sqrt(step), (-dy * 40) / Math.sqrt(step));
    }
    if (only && labels.point !== null && isEditable(only)) {
      const [px, py] = only.outlines[0][labels.point];
      return labels.update([movePoint(only, labels.point, clamp([px + dx, py + dy], editor.photo))]);
    }
    const shapes = labels.selectedShapes;
    if (shapes.every(isEditable)) {
      labels.update(shapes.map((shape) => withPoints(shape, moved(shape.outlines[0], dx, dy, editor.photo))));
    }
  }

  function paste() {
    const known = new Set(editor.categories.map((category) => category.id));
    const { shapes, lost } = copied(editor.photo, (id) => known.has(id));
    if (shapes.length) labels.add(shapes);
    if (lost) editor.announce("not-pasted", { count: lost });
  }

  function sliderOf(name) {
    return document.getElementById(`adjust-${name}`);
  }

  function slide(name, step) {
    const slider = sliderOf(name);
    slider.value = Number(slider.value) + step;
    adjust();
  }

  function adjust() {
    const [brightness, contrast, opacity] = ["brightness", "contrast", "opacity"].map((name) =>
      Number(sliderOf(name).value),
    );
    stage.opacity = opacity;
    stage.adjust({ brightness, contrast });
    stage.redraw();
    sessionStorage.setItem("annotator-view", JSON.stringify({ brightness, contrast, opacity }));
  }

  function restoreSliders() {
    const kept = JSON.parse(sessionStorage.getItem("annotator-view") ?? "{}");
    for (const [name, value] of Object.entries(kept)) sliderOf(name).value = value;
    stage.viewer.addOnceHandler("open", adjust);
  }
}
