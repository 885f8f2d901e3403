// The editor of the open photo. docs/interface.md («Annotator») says how another module adds to it.
import { show as toast } from "../../web/toast.js";
import { Autosave } from "./autosave.js";
import { Conflict, asDrawn } from "./conflict.js";
import * as categories from "./categories.js";
import { LabelDocument } from "./document.js";
import { BoxTool, FreehandTool, PolygonTool } from "./draw_tools.js";
import { addActions } from "./actions.js";
import { clamp } from "./geometry.js";
import { isForAnother, nameOf, readKeys } from "./keys.js";
import { Pointers } from "./pointers.js";
import { addHistory } from "./history.js";
import { sendUnsent } from "./unsent.js";
import { SelectTool } from "./select_tool.js";
import { fromServer, make, sameLabels, toServer, withCategory } from "./shape.js";
import { ShapeList } from "./shape_list.js";
import { Stage } from "./stage.js";
import { Status } from "./status.js";

let opened = null;
const waiting = [];

// The editor of this page, as soon as its labels are there.
export const editor = () =>
  opened ? Promise.resolve(opened) : new Promise((resolve) => waiting.push(resolve));

export async function start(element) {
  const made = new Editor(element);
  await made.load();
  opened = made;
  made.status.isOpen = true;
  for (const resolve of waiting) resolve(made);
}

class Editor {
  #actions = new Map();
  #tools = new Map();

  constructor(element) {
    const { width, height, photoUrl, photoId, modelId, filename, address, user, readOnly } = element.dataset;
    this.element = element;
    this.words = element.dataset;
    this.readOnly = readOnly !== undefined;
    this.photo = {
      id: Number(photoId),
      modelId: Number(modelId),
      width: Number(width),
      height: Number(height),
      url: photoUrl,
      filename,
    };
    this.token = document.querySelector("meta[name=csrf-token]").content;
    this.labels = new LabelDocument();
    this.stage = new Stage(element.querySelector("#stage"), this.photo, this.labels, (category) =>
      this.colorOf(category),
    );
    this.save = new Autosave({
      address,
      token: this.token,
      about: { photo: this.photo.id, user, filename, address, page: location.href },
      read: () => ({ shapes: this.labels.shapes.map(toServer), no_object: this.labels.noObject }),
    });
    this.#tools
      .set("select", new SelectTool(this))
      .set("polygon", new PolygonTool(this))
      .set("box", new BoxTool(this))
      .set("freehand", new FreehandTool(this));
    this.tool = this.#tools.get("select");
    this.pointers = new Pointers(this.stage, () => this.tool);
    this.list = new ShapeList(this, document.getElementById("shape-list"));
    this.conflict = new Conflict(this, document.getElementById("label-conflict"));
    this.status = new Status(this);
    addActions(this);
    addHistory(this);
    this.#listen();
  }

  #listen() {
    this.keys = readKeys(document.getElementById("annotator-help"));
    document.addEventListener("keyup", (event) => event.key === " " && (this.pointers.panning = false));
    document.addEventListener("click", (event) => this.#click(event));
    this.labels.addEventListener("change", () => this.save.changed());
    for (const name of ["change", "load", "selection", "decision"]) {
      this.labels.addEventListener(name, () => this.status.showTools());
    }
    this.save.addEventListener("state", () => this.status.showSaving());
    this.save.addEventListener("mended", (event) => this.#mended(event.detail));
    this.categoryPanel = document.getElementById("categories");
    document.addEventListener("htmx:after:swap", () => this.#categoriesChanged());
  }

  // ---- labels -------------------------------------------------------------------------------------------------

  async load() {
    const theirs = await this.#fetch();
    // Before they are shown: what is pasted at once, copied from the photo before, is a change already.
    this.save.begin(theirs.version, { shapes: theirs.shapes, no_object: theirs.no_object });
    this.#show(theirs);
    for (const event of window.takeEarlyKeys()) this.#key(event);
    document.addEventListener("keydown", (event) => this.#key(event));
    await sendUnsent(this, theirs);
  }

  // Loads the labels from the server after something there has changed them; undo restores what was here.
  async reload() {
    const theirs = await this.#fetch();
    if (this.save.isUnsaved) return; // drawn in the meantime: sent, and compared with what changed there
    this.#show(theirs, { forget: false });
    await this.save.accept(theirs.version, { shapes: theirs.shapes, no_object: theirs.no_object });
    this.status.markStrip();
  }

  async #fetch() {
    const answer = await fetch(this.words.address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`labels: ${answer.status}`);
    return answer.json();
  }

  #show({ shapes, no_object: noObject }, options) {
    this.labels.load({ shapes: shapes.map((item) => fromServer(asDrawn(item))), noObject }, options);
  }

  // A shape that the server repaired is shown as it is stored.
  async #mended(mends) {
    toast(
      mends
        .map(
          ({ index, what }) =>
            this.words[`mend-${what}`] ??
            this.words[`mend${what[0].toUpperCase()}${what.slice(1)}`].replace("{number}", index + 1),
        )
        .join(" "),
      "warning",
    );
    if (this.save.isUnsaved) return;
    await this.reload();
  }

  addShape(kind, points, { category = this.category, suggested = false } = {}) {
    if (category === null) {
      this.announce("no-category");
      document.getElementById("new-category")?.focus();
      return null;
    }
    const shape = make(
      kind,
      points.map((point) => clamp(point, this.photo)),
      category,
      { suggested },
    );
    this.labels.add([shape]);
    return shape;
  }

  takeTheirs(theirs) {
    this.#show(theirs, { forget: false });
    this.save.accept(theirs.version, { shapes: theirs.shapes, no_object: theirs.no_object });
  }

  takeBoth(items, version, saved) {
    this.keepMine({ shapes: items, no_object: false }, version, saved);
  }

  keepMine(mine, version, saved) {
    this.labels.commit(
      mine.shapes.map((item) => fromServer(asDrawn(item))),
      { noObject: mine.no_object },
    );
    this.save.resolve(version, saved);
  }

  // ---- categories -------------------------------------------------------------------------------------------------

  get categories() {
    return categories.all();
  }

  get category() {
    return categories.chosen();
  }

  get currentColor() {
    return this.colorOf(this.category);
  }

  colorOf(category) {
    return categories.colorOf(category);
  }

  nameOf(category) {
    return categories.nameOf(category);
  }

  // For the next shape; and for those that are selected, while nothing is being drawn.
  useCategory(id) {
    categories.choose(this.photo.modelId, id);
    if (this.tool !== this.#tools.get("select")) return this.stage.redrawMoving();
    const changed = this.labels.selectedShapes.filter((shape) => shape.category !== id);
    if (changed.length && !this.readOnly) this.labels.update(changed.map((shape) => withCategory(shape, id)));
  }

  // The panel was replaced. If that changed the category of shapes, they come from the server.
  async #categoriesChanged() {
    const panel = document.getElementById("categories");
    if (panel === this.categoryPanel) return;
    this.categoryPanel = panel;
    this.chooseKeptCategory(panel.dataset.chosen);
    if (panel.dataset.chosen) this.stage.element.focus({ preventScroll: true });
    else if (panel.querySelector("[aria-invalid]")) panel.querySelector("[aria-invalid]").focus();
    if (await this.save.flush()) {
      const theirs = await this.#fetch();
      const saved = { shapes: theirs.shapes, no_object: theirs.no_object };
      if (!this.save.isUnsaved) {
        if (!sameLabels(saved, this.save.saved)) this.#show(theirs);
        this.save.begin(theirs.version, saved);
      }
    }
    this.stage.redraw();
    this.list.render();
  }

  chooseKeptCategory(chosen) {
    categories.chooseKept(this.photo.modelId, chosen);
  }

  // ---- tools, actions, drawings of others ------------------------------------------------------------------------

  registerTool(name, tool) {
    this.#tools.set(name, tool);
    this.onAction(`tool-${name}`, () => this.useTool(name));
  }

  useTool(name) {
    if (this.readOnly && name !== "select") return;
    this.tool.leave?.();
    this.tool = this.#tools.get(name);
    if (name !== "select") this.labels.select([]);
    this.stage.element.dataset.tool = name;
    for (const button of this.element.querySelectorAll("button[data-action^=tool-]")) {
      button.setAttribute("aria-pressed", String(button.dataset.action === `tool-${name}`));
    }
    for (const element of this.element.querySelectorAll("[data-while-drawing]")) {
      element.hidden = name === "select";
    }
    this.stage.redraw();
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

  #key(event) {
    const name = nameOf(event);
    if (isForAnother(event, name)) return;
    const inStage = event.target === this.stage.element;
    if (name === "Space" && inStage && !event.repeat && !this.tool.putPoint) this.pointers.panning = true;
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

  announce(word, values = {}) {
    const name = word.replace(/-(.)/g, (_all, letter) => letter.toUpperCase());
    toast(
      Object.entries(values).reduce(
        (text, [key, value]) => text.replace(`{${key}}`, value),
        this.words[name],
      ),
      "info",
    );
  }
}
