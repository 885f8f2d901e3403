// Tools, keys and buttons of the editor, and what it says to the person. photo_editor.js adds photo and labels.
import { send } from "../../web/send.js";
import { show as toast } from "../../web/toast.js";
import { filled } from "../../web/words.js";
import { isForAnother, nameOf, readKeys } from "./keys.js";
import { snap } from "./points.js";

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
    this.words = element.dataset;
    this.readOnly = element.dataset.readOnly !== undefined;
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

  // ---- tools -----------------------------------------------------------------------------------------------------

  addTool(name, tool) {
    tool.name = name;
    this.#tools.set(name, tool);
    this.tool ??= tool;
    this.onAction(`tool-${name}`, () => this.useTool(name));
  }

  // What gets a press: a handle of the selected shape, with any tool; else the tool.
  toolFor(event) {
    const { tool, handles } = this;
    const isGrasped = !tool.busy && !tool.coversHandles && handles.grasps(event);
    return isGrasped ? handles : tool;
  }

  shapeAt(point) {
    return this.#tools.get("select").shapesAt(point)[0] ?? null;
  }

  // A point that is drawn or dragged, at the border of another shape if that is near and snapping is on.
  snapped(point, except = null) {
    if (!this.view.switches.snap) return point;
    const others = this.labels.shapes.filter(({ id }) => id !== except?.id && !this.view.isHidden(id));
    return snap(point, others, this.stage.reach("mouse"));
  }

  useTool(name) {
    if ((this.readOnly && name !== "select") || !this.#tools.has(name)) return;
    const before = this.tool;
    before.leave();
    this.tool = this.#tools.get(name);
    const keeps = this.tool.keepsSelection && !(this.tool.startsAnew && before.draws);
    if (!keeps) this.labels.select([]);
    sessionStorage.setItem(TOOL, name);
    this.stage.showsHandles = !this.tool.coversHandles;
    this.stage.element.dataset.tool = name;
    for (const other of this.#tools.keys()) this.setPressed(`tool-${other}`, other === name);
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
    this.useTool(sessionStorage.getItem(TOOL) ?? "select");
    if (kept?.photo === this.photo.id && this.tool.name === kept.name) this.tool.set(kept.points);
  }

  // Shapes that are shown and not yet labels: [{outlines: [[[x, y], …]], color, dashed, label}].
  setOverlay(name, shapes) {
    this.stage.overlays.set(name, shapes);
    this.stage.redraw();
  }

  // ---- actions ---------------------------------------------------------------------------------------------------

  onAction(name, run) {
    this.#actions.set(name, run);
  }

  // One that changes labels: not for who may only look.
  onEdit(name, run) {
    this.onAction(name, (event) => this.readOnly || run(event));
  }

  run(name, event) {
    this.#actions.get(name)?.(event);
  }

  key(event) {
    const name = nameOf(event);
    if (isForAnother(event, name)) return;
    if (this.turn?.keeps(event)) return event.preventDefault();
    const action = this.keys.get(name);
    if (name === "Space") this.#pan(true);
    else if (!this.#actions.has(action)) return;
    event.preventDefault();
    this.run(action, event);
  }

  #click(event) {
    const button = event.target.closest("[data-action]:is(button, a)");
    if (button && !button.disabled) this.run(button.dataset.action, event);
    const category = event.target.closest("button[data-category]");
    if (category) this.useCategory(Number(category.dataset.category));
  }

  setPressed(action, on) {
    for (const button of document.querySelectorAll(`button[data-action=${action}]`)) {
      button.setAttribute("aria-pressed", String(on));
    }
  }

  // ---- what the server and the page say --------------------------------------------------------------------------

  // What the server answers to a tool; where it refuses or is away, the page says so, unless nobody wants it any more.
  async ask(address, data, isWanted = () => true) {
    let problem = this.wordsOf("no-answer");
    try {
      const answer = await send(address, data);
      const content = await answer.json();
      if (answer.ok) return content;
      problem = content.detail;
    } catch {
      // It is away, as the words say.
    }
    if (isWanted()) toast(problem, "warning");
    return null;
  }

  wordsOf(word, values = {}) {
    return filled(this.element.getAttribute(`data-${word}`), values);
  }

  announce(word, values) {
    toast(this.wordsOf(word, values), "info");
  }

  // Beside a place on the photo, once, until it is over.
  hint(word, point) {
    const element = document.getElementById("stage-hint");
    const { x, y } = this.stage.toScreen(point);
    element.style.setProperty("--x", `${x + 12}px`);
    element.style.setProperty("--y", `${y + 12}px`);
    element.textContent = this.wordsOf(word);
    element.hidden = false;
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => this.endHint(), HINT_MS);
  }

  endHint() {
    document.getElementById("stage-hint").hidden = true;
  }
}
