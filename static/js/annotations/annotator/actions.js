// What keys and buttons do with shapes. Their names, keys and words stand in webapp/annotations/pages/editor_actions.py.
import { copied, copy } from "./clipboard.js";
import { clamp } from "./geometry.js";
import { nameOf } from "./keys.js";
import { between, countOf, insertPoint, movePoint, pointOf, removePoint } from "./points.js";
import { copyOf, movedBy } from "./shape.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LARGE_STEP = 10;

export function addActions(editor) {
  const { labels, stage, view } = editor;
  const on = (name, run) => editor.onAction(name, run);
  const onEdit = (name, run) => on(name, (event) => !editor.readOnly && run(event));
  const isBusy = () => editor.tool.busy;

  // While a shape is drawn, its last point is what is taken back.
  onEdit("undo", () => (isBusy() ? editor.tool.back?.() : labels.undo()));
  onEdit("redo", () => isBusy() || labels.redo());
  on("cancel", () => {
    editor.endHint();
    editor.tool.cancel?.();
  });
  on("finish", () => editor.tool.finish?.());
  onEdit("put-point", () => editor.tool.putPoint?.());
  onEdit("delete", () => {
    if (isBusy()) return editor.tool.back?.();
    const only = labels.onlySelected;
    const without = only && only.kind !== "box" && labels.point !== null && removePoint(only, labels.point);
    if (without && !view.isLocked(only.id)) return labels.update([without]);
    const ids = new Set(editor.freeShapes.map((shape) => shape.id));
    if (ids.size) labels.remove(ids);
  });
  on("select-all", () =>
    labels.select(labels.shapes.filter(({ id }) => !view.isHidden(id)).map(({ id }) => id)),
  );
  on("next-shape", () => stepShape(1));
  on("previous-shape", () => stepShape(-1));
  on("next-point", () => stepPoint(1));
  on("previous-point", () => stepPoint(-1));
  onEdit("insert-point", () => {
    const only = labels.onlySelected;
    if (!only || only.kind === "box" || view.isLocked(only.id)) return;
    const at = labels.point ?? 0;
    labels.update([insertPoint(only, at, between(only, at))]);
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
    if (copies.length) {
      labels.add(copies.map((shape) => movedBy(shape, LARGE_STEP, LARGE_STEP, editor.photo)));
    }
  });

  on("hide-shape", () => toggle("hidden"));
  on("lock-shape", () => toggle("locked"));
  on("show-all-shapes", () => view.clear());
  onEdit("to-front", () => reorder((others, chosen) => [...others, ...chosen]));
  onEdit("to-back", () => reorder((others, chosen) => [...chosen, ...others]));
  onEdit("no-object", () => !labels.shapes.length && labels.commit([], { noObject: !labels.noObject }));
  on("category", (event) => {
    const category = editor.categories[Number(nameOf(event)) - 1];
    if (category) editor.useCategory(category.id);
  });

  function toggle(kind) {
    if (labels.selected.size) view.toggle(kind, [...labels.selected]);
  }

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
    const next = at < 0 ? (step > 0 ? 0 : shapes.length - 1) : (at + step + shapes.length) % shapes.length;
    if (!editor.tool.keepsSelection) editor.useTool("select");
    labels.select([shapes[next].id]);
  }

  function stepPoint(step) {
    const only = labels.onlySelected;
    if (!only) return;
    const count = countOf(only);
    labels.select([only.id], ((labels.point ?? (step > 0 ? -1 : 0)) + step + count) % count);
  }

  function arrow(event, step) {
    const [x, y] = ARROWS[event.key];
    const [dx, dy] = [x * step, y * step];
    const only = labels.onlySelected;
    if (editor.tool.moveCross) return editor.tool.moveCross(dx, dy);
    if (editor.readOnly || !labels.selected.size) {
      return stage.panBy((-dx * 40) / Math.sqrt(step), (-dy * 40) / Math.sqrt(step));
    }
    if (only && view.isLocked(only.id)) return;
    if (only && labels.point !== null) {
      const [px, py] = pointOf(only, labels.point);
      return labels.update([movePoint(only, labels.point, clamp([px + dx, py + dy], editor.photo))]);
    }
    labels.update(editor.freeShapes.map((shape) => movedBy(shape, dx, dy, editor.photo)));
  }
}

export function paste(editor) {
  const known = new Set(editor.categories.map((category) => category.id));
  const { shapes, lost } = copied(editor.photo, (id) => known.has(id));
  if (shapes.length) editor.labels.add(shapes);
  if (lost) editor.announce("not-pasted", { count: lost });
}
