// Photo, labels and categories of the editor; editor.js puts it together with the rest.
import { show as toast } from "../../web/toast.js";
import { Autosave } from "./autosave.js";
import { BoxTool, EllipseTool } from "./box_tools.js";
import * as categories from "./categories.js";
import { asDrawn, Conflict } from "./conflict.js";
import { LabelDocument } from "./document.js";
import { FreehandTool, PolygonTool } from "./draw_tools.js";
import { clamp } from "./geometry.js";
import { Handles } from "./handles.js";
import { sendUnsent } from "./unsent.js";
import { SelectTool } from "./select_tool.js";
import { fromServer, labelsOf, make, sameLabels, toRecord, toServer, withCategory } from "./shape.js";
import { Stage } from "./stage.js";
import { Tools } from "./tools.js";
import { View } from "./view.js";

export const photoOf = ({ dataset }) => ({
  id: Number(dataset.photoId),
  modelId: Number(dataset.modelId),
  width: Number(dataset.width),
  height: Number(dataset.height),
  url: dataset.photoUrl,
  tiles: JSON.parse(dataset.tiles),
  filename: dataset.filename,
});

export class PhotoEditor extends Tools {
  colorOf = categories.colorOf;
  nameOf = categories.nameOf;

  constructor(element) {
    super(element);
    this.words = element.dataset;
    this.readOnly = element.dataset.readOnly !== undefined;
    this.photo = photoOf(element);
    this.token = document.querySelector("meta[name=csrf-token]").content;
    this.labels = new LabelDocument();
    this.view = new View();
    this.stage = new Stage(element.querySelector("#stage"), this.photo, this.labels, {
      colorOf: categories.colorOf,
      nameOf: categories.nameOf,
      view: this.view,
    });
    this.save = new Autosave({
      ...this.placeOfLabels(),
      token: this.token,
      read: () => this.#asData(toServer),
      record: () => this.#asData(toRecord),
      current: () => this.labels.shapes,
    });
    this.handles = new Handles(this);
    this.addTool("select", new SelectTool(this));
    this.addTool("frame", new SelectTool(this, { framing: true }));
    const drawn = { polygon: PolygonTool, box: BoxTool, ellipse: EllipseTool, freehand: FreehandTool };
    for (const [name, Tool] of Object.entries(drawn)) this.addTool(name, new Tool(this));
    this.conflict = new Conflict(this, document.getElementById("label-conflict"));
    this.listen();
    this.labels.addEventListener("change", () => this.save.changed());
    this.save.addEventListener("stored", ({ detail }) => this.#settle(detail));
    this.save.addEventListener("mended", ({ detail }) => this.#sayMended(detail));
    this.categoryPanel = document.getElementById("categories");
    document.addEventListener("htmx:after:swap", () => this.#categoriesChanged());
  }

  #asData(write) {
    return { shapes: this.labels.shapes.map(write), no_object: this.labels.noObject };
  }

  placeOfLabels() {
    const { address, user, filename } = this.words;
    return { address, about: { photo: this.photo.id, user, filename, address, page: location.href } };
  }

  async load() {
    const theirs = await this.fetchLabels();
    // Before they are shown: what is pasted at once, copied from the photo before, is a change already.
    this.save.begin(theirs.version, labelsOf(theirs));
    this.show(theirs);
    this.restoreDraft();
    this.readKeys();
    await sendUnsent(this, theirs);
  }

  // Loads the labels from the server after something there has changed them; undo restores what was here.
  async reload() {
    const theirs = await this.fetchLabels();
    if (this.save.isUnsaved) return; // drawn in the meantime: sent, and compared with what changed there
    this.show(theirs, { forget: false });
    await this.save.accept(theirs.version, labelsOf(theirs));
    this.status.markStrip();
  }

  async fetchLabels(address = this.words.address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`labels: ${answer.status}`);
    return answer.json();
  }

  show({ shapes, no_object: noObject }, options) {
    this.labels.load({ shapes: shapes.map((item) => fromServer(asDrawn(item))), noObject }, options);
  }

  // What is on the screen is what is stored.
  #settle(stored) {
    const shown = (shape, item) => item && { ...fromServer(asDrawn(item)), id: shape.id };
    this.labels.settle(new Map([...stored].map(([shape, item]) => [shape, shown(shape, item)])));
  }

  #sayMended(mends) {
    const wordOf = ({ index, what }) => this.wordsOf(`mend-${what}`, { number: index + 1 });
    toast(mends.map(wordOf).join(" "), "warning");
  }

  // What is selected and may be changed.
  get freeShapes() {
    return this.labels.selectedShapes.filter((shape) => !this.view.isLocked(shape.id));
  }

  hasCategory() {
    if (this.category !== null) return true;
    this.announce("no-category");
    this.showPanel?.("labels");
    document.getElementById("new-category")?.focus();
    return false;
  }

  addShape(kind, points, { category = this.category, suggested = false } = {}) {
    if (category === null && !this.hasCategory()) return null;
    const inside = points.map((point) => clamp(point, this.photo));
    const shape = make(kind, inside, category, { suggested });
    this.labels.add([shape]);
    this.dispatchEvent(new CustomEvent("drawn", { detail: shape }));
    return shape;
  }

  takeTheirs(theirs) {
    this.show(theirs, { forget: false });
    this.save.accept(theirs.version, labelsOf(theirs));
  }

  keepMine(mine, version, saved) {
    this.labels.commit(
      mine.shapes.map((item) => fromServer(asDrawn(item))),
      { noObject: mine.no_object },
    );
    this.save.resolve(version, saved);
  }

  get categories() {
    return categories.all();
  }

  get category() {
    return categories.chosen();
  }

  get currentColor() {
    return this.colorOf(this.category);
  }

  // For the next shape, and for those that are selected, as the one that was just drawn is.
  useCategory(id) {
    categories.choose(this.photo.modelId, id);
    const changed = this.labels.selectedShapes.filter((shape) => shape.category !== id);
    if (this.tool.busy || !changed.length || this.readOnly) return this.stage.redrawMoving();
    this.labels.update(changed.map((shape) => withCategory(shape, id)));
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
      const theirs = await this.fetchLabels();
      const saved = labelsOf(theirs);
      if (!this.save.isUnsaved) {
        if (!sameLabels(saved, this.save.saved)) this.show(theirs);
        this.save.begin(theirs.version, saved);
      }
    }
    this.stage.redraw();
    this.list.render();
  }

  chooseKeptCategory(chosen) {
    categories.chooseKept(this.photo.modelId, chosen);
  }
}
