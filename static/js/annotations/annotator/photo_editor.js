// Photo, labels and categories of the editor; editor.js puts it together with the rest.
import { show as toast } from "../../web/toast.js";
import { Autosave } from "./autosave.js";
import * as categories from "./categories.js";
import { LabelDocument } from "./document.js";
import { clamp } from "./geometry.js";
import { Handles } from "./handles.js";
import { fromServer, labelsOf, make, sameLabels, toRecord, toServer, withCategory } from "./shape.js";
import { Stage } from "./stage.js";
import { Tools } from "./tools.js";
import { sendUnsent } from "./unsent.js";
import { View } from "./view.js";

export class PhotoEditor extends Tools {
  colorOf = categories.colorOf;
  nameOf = categories.nameOf;
  labels = new LabelDocument();
  view = new View();

  constructor(element) {
    super(element);
    this.photo = JSON.parse(this.words.photo);
    this.stage = new Stage(element.querySelector("#stage"), this);
    this.handles = new Handles(this);
    this.save = new Autosave({
      ...this.placeOfLabels(),
      read: () => this.#asData(toServer),
      record: () => this.#asData(toRecord),
      current: () => this.labels.shapes,
    });
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
    const { address, user } = this.words;
    const { id, filename } = this.photo;
    return { address, about: { photo: id, user, filename, address, page: location.href } };
  }

  async load() {
    categories.chooseKept(this.photo.modelId);
    const theirs = await this.fetchLabels();
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
    this.takeTheirs(theirs);
    this.status.markStrip();
  }

  async fetchLabels(address = this.words.address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`labels: ${answer.status}`);
    return answer.json();
  }

  show({ shapes, no_object: noObject }, options) {
    this.labels.load({ shapes: shapes.map(fromServer), noObject }, options);
  }

  // As a step of undo.
  commit({ shapes, no_object: noObject }) {
    this.labels.commit(shapes.map(fromServer), { noObject });
  }

  takeTheirs(theirs) {
    this.show(theirs, { forget: false });
    this.save.begin(theirs.version, labelsOf(theirs));
  }

  // What is on the screen is what is stored.
  #settle(stored) {
    const shown = (shape, item) => item && { ...fromServer(item), id: shape.id };
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

  addShape(kind, points, { category = this.category, suggested = false } = {}) {
    if (category === null && !this.hasCategory()) return null;
    const inside = points.map((point) => clamp(point, this.photo));
    const shape = make(kind, inside, category, { suggested });
    this.labels.add([shape]);
    this.dispatchEvent(new CustomEvent("drawn", { detail: shape }));
    return shape;
  }

  // ---- categories ------------------------------------------------------------------------------------------------

  get categories() {
    return categories.all();
  }

  get category() {
    return categories.chosen();
  }

  get currentColor() {
    return this.colorOf(this.category);
  }

  hasCategory() {
    if (this.category !== null) return true;
    this.announce("no-category");
    this.showPanel("labels");
    document.getElementById("new-category")?.focus();
    return false;
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
    categories.chooseKept(this.photo.modelId, panel.dataset.chosen);
    const refused = panel.querySelector("[aria-invalid]");
    if (panel.dataset.chosen) this.stage.element.focus({ preventScroll: true });
    else refused?.focus();
    if (await this.save.flush()) {
      const theirs = await this.fetchLabels();
      if (!this.save.isUnsaved) {
        if (!sameLabels(theirs, this.save.saved)) this.show(theirs);
        this.save.begin(theirs.version, labelsOf(theirs));
      }
    }
    this.stage.redraw();
    this.list.render();
  }
}
