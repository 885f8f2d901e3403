// Tools, keys and buttons of the editor, and what it says to the person. photo_editor.js adds photo and labels.
import { show as toast } from "../../web/toast.js";
import { filled } from "../../web/words.js";
import { isForAnother, nameOf, readKeys } from "./keys.js";
import { snap } from "./snap.js";

const TOOL = "annotator-tool";
const DRAFT = "annotator-draft";
const HINT_MS = 4000; // milliseconds

export class Tools extends EventTarget {
  #actions = new Map();
  #tools = new Map();
  #hintTimer = null;

  constructor(element) {
    super();
    this.element = element;
  }

  listen() {
    this.tool = this.#tools.get("select");
    document.addEventListener("keyup", (event) => event.key === " " && this.#pan(false));
    window.addEventListener("blur", () => this.#pan(false));
    document.addEventListener("click", (event) => this.#click(event));
  }

  #pan(on) {
    this.pointers.panning = on;
    this.stage.element.toggleAttribute("data-panning", on);
  }

  readKeys() {
    this.keys = readKeys(document.getElementById("annotator-help"));
    for (const event of window.takeEarlyKeys()) this.key(event);
    document.addEventListener("keydown", (event) => this.key(event));
  }

  // What gets a press: a handle of the selected shape, with any tool; else the tool.
  toolFor(event) {
    const { tool, handles } = this;
    if (!event || tool.busy || tool.coversHandles || !handles.press(event)) return tool;
    const isSelecting = tool === this.#tools.get("select");
    return {
      press: () => true,
      drag: (to) => handles.drag(to),
      drop: (to) => handles.drop(to),
      cancelDrag: () => handles.cancelDrag(),
      tap: (to) => {
        handles.tap();
        // A press without a drag is the drawing tool's own.
        tool.press?.(event);
        tool.tap?.(to);
      },
      double: (to) => !isSelecting && tool.double?.(to),
    };
  }

  addTool(name, tool) {
    tool.name = name;
    this.#tools.set(name, tool);
    this.onAction(`tool-${name}`, () => this.useTool(name));
  }

  shapeAt(point) {
    return this.#tools.get("select").shapeAt(point);
  }

  // A point that is drawn or dragged, at the border of another shape if that is near and snapping is on.
  snapped(point, except = null) {
    if (!this.view.switches.snap) return point;
    const others = this.labels.shapes.filter(({ id }) => id !== except?.id && !this.view.isHidden(id));
    return snap(point, others, this.stage.reach("mouse"));
  }

  registerTool(name, tool) {
    this.addTool(name, tool);
    if (sessionStorage.getItem(TOOL) === name) this.useTool(name);
  }

  useTool(name) {
    if ((this.readOnly && name !== "select") || !this.#tools.has(name)) return;
    const before = this.tool;
    before.leave?.();
    this.tool = this.#tools.get(name);
    const keeps = this.tool.keepsSelection && !(this.tool.startsAnew && before.draws);
    if (!keeps && !["select", "frame"].includes(name)) this.labels.select([]);
    sessionStorage.setItem(TOOL, name);
    this.stage.showsHandles = !this.tool.coversHandles;
    this.stage.element.dataset.tool = name;
    for (const button of this.element.querySelectorAll("button[data-action^=tool-]")) {
      button.setAttribute("aria-pressed", String(button.dataset.action === `tool-${name}`));
    }
    for (const part of this.element.querySelectorAll("[data-for-tools]")) {
      part.hidden = !part.dataset.forTools.split(" ").includes(name);
    }
    this.tool.begin?.();
    this.stage.redraw();
  }

  // A shape that is half drawn survives a reload.
  keepDraft({ name, points }) {
    if (!points.length) sessionStorage.removeItem(DRAFT);
    else sessionStorage.setItem(DRAFT, JSON.stringify({ photo: this.photo.id, name, points }));
  }

  restoreDraft() {
    const kept = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
    const name = sessionStorage.getItem(TOOL);
    if (name && name !== "select") this.useTool(name);
    if (kept?.photo !== this.photo.id || this.tool.name !== kept.name) return;
    this.tool.set(kept.points);
    this.tool.show();
  }

  onAction(name, run) {
    this.#actions.set(name, run);
  }

  run(name, event) {
    this.#actions.get(name)?.(event);
  }

  // Shapes that are shown and not yet labels: [{outlines: [[[x, y], …]], color, dashed, label}].
  setOverlay(name, shapes) {
    this.stage.overlays.set(name, shapes);
    this.stage.redraw();
  }

  key(event) {
    const name = nameOf(event);
    if (isForAnother(event, name)) return;
    if (this.turn?.keeps(event)) return event.preventDefault();
    if (name === "Space") {
      event.preventDefault();
      return this.#pan(true);
    }
    const action = this.keys.get(name);
    if (!action || !this.#actions.has(action)) return;
    event.preventDefault();
    this.run(action, event);
  }

  #click(event) {
    const button = event.target.closest("[data-action]:is(button, a)");
    if (button && !button.disabled && this.#actions.has(button.dataset.action)) {
      this.run(button.dataset.action, event);
    }
    const category = event.target.closest("button[data-category]");
    if (category) this.useCategory(Number(category.dataset.category));
  }

  // ---- what the page says ----------------------------------------------------------------------------------------

  wordsOf(word, values = {}) {
    return filled(this.element.getAttribute(`data-${word}`), values);
  }

  announce(word, values = {}) {
    toast(this.wordsOf(word, values), "info");
  }

  // Beside a place on the photo, once, until it is over.
  hint(word, point) {
    const element = document.getElementById("stage-hint");
    if (!element) return this.announce(word);
    const { x, y } = this.stage.toScreen(point);
    const { clientWidth, clientHeight } = this.stage.element;
    element.style.left = `${Math.max(8, Math.min(x + 12, clientWidth - 280))}px`;
    element.style.top = `${Math.max(8, Math.min(y + 12, clientHeight - 48))}px`;
    element.textContent = this.wordsOf(word);
    element.hidden = false;
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => this.endHint(), HINT_MS);
  }

  endHint() {
    const element = document.getElementById("stage-hint");
    if (element) element.hidden = true;
  }
}
