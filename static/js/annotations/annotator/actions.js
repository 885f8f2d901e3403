// What keys and buttons do with shapes, and with the photo as a whole. Their names, keys and words stand in
// webapp/annotations/pages/editor_actions.py.
import { copied, copy } from "./clipboard.js";
import { clamp } from "./geometry.js";
import { nameOf } from "./keys.js";
import { countOf, insertPoint, movePoint, pointOf, removePoint } from "./points.js";
import { copyOf, movedBy } from "./shape.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LARGE_STEP = 10;
const STEPS = {
  "next-photo": "a[rel=next][data-photo-step]",
  "previous-photo": "a[rel=prev][data-photo-step]",
  "next-unlabelled": "a[data-next-unlabelled]",
};
const TO_PHOTOS = "#annotator :is([data-photo-step], [data-next-unlabelled], [data-another-photo], .strip a)";

export function addActions(editor) {
  const { labels, stage, view } = editor;
  const on = (name, run) => editor.onAction(name, run);
  const onEdit = (name, run) => editor.onEdit(name, run);
  const isBusy = () => editor.tool.busy;
  // The one selected shape, if its points can be added and taken away.
  const onlyOutline = () => {
    const only = labels.onlySelected;
    return only && only.kind !== "box" && !view.isLocked(only.id) ? only : null;
  };

  // While a shape is drawn, its last point is what is taken back.
  onEdit("undo", () => (isBusy() ? editor.tool.back?.() : labels.undo()));
  onEdit("redo", () => isBusy() || labels.redo());
  on("cancel", () => {
    editor.endHint();
    editor.tool.cancel();
  });
  on("finish", () => editor.tool.finish?.());
  onEdit("put-point", () => editor.tool.putPoint?.());
  onEdit("delete", () => {
    if (isBusy()) return editor.tool.back?.();
    const only = onlyOutline();
    const without = only && labels.point !== null && removePoint(only, labels.point);
    if (without) return labels.update([without]);
    const ids = new Set(editor.freeShapes.map((shape) => shape.id));
    if (ids.size) labels.remove(ids);
  });
  on("select-all", () => labels.select(labels.shapes.map(({ id }) => id).filter((id) => !view.isHidden(id))));
  on("next-shape", () => stepShape(1));
  on("previous-shape", () => stepShape(-1));
  on("next-point", () => stepPoint(1));
  on("previous-point", () => stepPoint(-1));
  onEdit("insert-point", () => {
    const only = onlyOutline();
    if (!only) return;
    const at = labels.point ?? 0;
    labels.update([insertPoint(only, at)]);
    labels.select([only.id], at + 1);
  });
  on("nudge", (event) => arrow(event, 1));
  on("nudge-far", (event) => arrow(event, LARGE_STEP));

  onEdit("copy", () => {
    if (!labels.selected.size) return;
    copy(labels.selectedShapes);
    editor.announce("copied", { count: labels.selected.size });
  });
  onEdit("paste", () => paste(editor));
  onEdit("duplicate", () => {
    const copies = labels.selectedShapes.map(copyOf);
    const beside = copies.map((shape) => movedBy(shape, LARGE_STEP, LARGE_STEP, editor.photo));
    if (beside.length) labels.add(beside);
  });

  on("hide-shape", () => view.toggle("hidden", labels.selected));
  on("lock-shape", () => view.toggle("locked", labels.selected));
  on("show-all-shapes", () => view.clear());
  onEdit("to-front", () => reorder((others, chosen) => [...others, ...chosen]));
  onEdit("to-back", () => reorder((others, chosen) => [...chosen, ...others]));
  onEdit("no-object", () => labels.shapes.length || labels.commit([], { noObject: !labels.noObject }));
  on("category", (event) => {
    const category = editor.categories[Number(nameOf(event)) - 1];
    if (category) editor.useCategory(category.id);
  });

  // Shapes that come later lie over the others.
  function reorder(order) {
    const chosen = labels.selectedShapes;
    const others = labels.shapes.filter((shape) => !labels.selected.has(shape.id));
    if (chosen.length && others.length) labels.commit(order(others, chosen));
  }

  function stepShape(step) {
    const { shapes } = labels;
    if (!shapes.length) return;
    const at = shapes.findIndex((shape) => labels.selected.has(shape.id));
    const from = at < 0 && step < 0 ? 0 : at;
    if (!editor.tool.keepsSelection) editor.useTool("select");
    labels.select([shapes[(from + step + shapes.length) % shapes.length].id]);
  }

  function stepPoint(step) {
    const only = labels.onlySelected;
    if (!only) return;
    const count = countOf(only);
    const from = labels.point ?? (step > 0 ? -1 : 0);
    labels.select([only.id], (from + step + count) % count);
  }

  function arrow(event, step) {
    const [dx, dy] = ARROWS[event.key].map((one) => one * step);
    const only = labels.onlySelected;
    if (editor.tool.moveCross) return editor.tool.moveCross(dx, dy);
    if (editor.readOnly || !labels.selected.size) {
      return stage.panBy((-dx * 40) / Math.sqrt(step), (-dy * 40) / Math.sqrt(step));
    }
    const free = editor.freeShapes;
    if (!free.length) return;
    if (!only || labels.point === null) {
      return labels.update(free.map((shape) => movedBy(shape, dx, dy, editor.photo)));
    }
    const [x, y] = pointOf(only, labels.point);
    labels.update([movePoint(only, labels.point, clamp([x + dx, y + dy], editor.photo))]);
  }
}

function paste(editor) {
  const known = new Set(editor.categories.map((category) => category.id));
  const { shapes, lost } = copied(editor.photo, (id) => known.has(id));
  if (shapes.length) editor.labels.add(shapes);
  if (lost) editor.announce("not-pasted", { count: lost });
}

export function addPhotoActions(editor) {
  const { labels } = editor;
  const linkOf = (name) => document.querySelector(`main ${STEPS[name]}`);

  for (const name of Object.keys(STEPS)) editor.onAction(name, () => linkOf(name)?.click());
  editor.onEdit("copy-to-next", () => {
    const link = linkOf("next-photo");
    if (!link || !labels.shapes.length) return;
    copy(labels.selected.size ? labels.selectedShapes : labels.shapes);
    editor.turn.go(link.href, { shown: () => paste(editor) });
  });
  editor.onAction("save", () => editor.save.flush());
  editor.onEdit("review", async () => {
    if (await editor.save.flush()) document.querySelector("[data-review-toggle]")?.click();
  });
  editor.onAction("history", () => {
    if (editor.panel() === "history") editor.showPanel("labels");
    else editor.showPanel("history", { focus: true });
  });
  editor.onAction("help", () => document.getElementById("annotator-help").showModal());

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const { ctrlKey, metaKey, shiftKey, button, defaultPrevented } = event;
    if (!link || defaultPrevented || ctrlKey || metaKey || shiftKey || button || link.target) return;
    if (link.hash || link.hasAttribute("download")) return;
    if (link.matches(TO_PHOTOS)) {
      event.preventDefault();
      editor.turn.go(link.href);
    } else if (editor.save.isUnsaved) {
      // A link to another page first saves the labels, if the server can be reached.
      event.preventDefault();
      editor.save.flush().then(() => (location.href = link.href));
    }
  });
}
