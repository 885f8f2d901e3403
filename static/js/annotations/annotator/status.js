// What the page around the photo says about its labels: which tools work, whether all is saved, the mark in the strip.
import { toRecord } from "./shape.js";

export class Status {
  isOpen = false; // until then «saved» is only how the page came from the server

  constructor(editor) {
    this.editor = editor;
    for (const name of ["change", "load", "settle", "selection", "decision"]) {
      editor.labels.addEventListener(name, () => this.showTools());
    }
    editor.save.addEventListener("state", () => this.showSaving());
  }

  showTools() {
    const { labels } = this.editor;
    const enable = (name, on) =>
      this.editor.element
        .querySelectorAll(`button[data-action="${name}"]`)
        .forEach((button) => (button.disabled = !on));
    enable("undo", labels.canUndo);
    enable("redo", labels.canRedo);
    enable("delete", labels.selected.size > 0);
    enable("copy", labels.selected.size > 0);
    const mark = document.querySelector("button[data-action=no-object]");
    if (mark) {
      mark.setAttribute("aria-pressed", String(labels.noObject));
      mark.disabled = labels.shapes.length > 0;
    }
  }

  showSaving() {
    const { state, detail } = this.editor.save;
    const status = document.getElementById("save-state");
    if (!status) return; // a viewer has no status
    status.dataset.state = state;
    for (const part of status.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
    status.querySelector("[data-detail]").textContent = state === "refused" ? (detail?.detail ?? "") : "";
    if (state === "refused") this.#pointOut(detail?.field);
    if (state === "conflict") {
      this.editor.conflict.show(
        { shapes: this.editor.labels.shapes.map(toRecord), no_object: this.editor.labels.noObject },
        detail,
        this.editor.save.saved,
      );
    }
    if (state === "saved" && this.isOpen) this.#saved();
  }

  #pointOut(field) {
    const number = /^items\[(\d+)\]/.exec(field ?? "")?.[1];
    const shape = this.editor.labels.shapes[number];
    if (shape) this.editor.labels.select([shape.id]);
  }

  // Panels that depend on the saved labels fetch themselves.
  #saved() {
    this.markStrip();
    if (this.editor.panel() === "history") document.dispatchEvent(new Event("labels:saved"));
    if (document.getElementById("review-panel").dataset.review === "reviewed") {
      document.dispatchEvent(new Event("labels:changed"));
    }
  }

  markStrip() {
    const labelled = this.editor.labels.shapes.length > 0 || this.editor.labels.noObject;
    const photo = document.querySelector(".strip [aria-current]");
    if (!photo || (photo.dataset.state === "labelled") === labelled) return;
    photo.dataset.state = labelled ? "labelled" : "unlabelled";
    const mark = photo.querySelector(".strip-mark");
    mark.querySelector(".visually-hidden").textContent = labelled
      ? this.editor.words.labelled
      : this.editor.words.unlabelled;
    mark.querySelector(".bi").className = `bi bi-${labelled ? "check-lg" : "tag"}`;
    document.dispatchEvent(new Event("labels:changed"));
  }
}
