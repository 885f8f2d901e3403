// What the page around the photo says about its labels: which tools work, whether all is saved, the mark in the strip. Of two
// versions of the labels the person sees both, as the server draws them, and chooses one or keeps the shapes of both.
import { labelsOf } from "./shape.js";

export class Status {
  isOpen = false; // until then «saved» is only how the page came from the server
  #theirs = null; // the server's refusal in a conflict: labels and version, those of «both», both versions «drawn»

  constructor(editor) {
    this.editor = editor;
    this.dialog = document.getElementById("label-conflict");
    this.dialog.addEventListener("click", ({ target }) => {
      const choice = target.closest("[data-keep]")?.dataset.keep;
      if (choice) this.#choose(choice);
    });
    // Without a choice nothing is saved; the status beside the tools leads back here.
    editor.onAction("show-conflict", () => this.#theirs && this.dialog.showModal());
    editor.labels.addEventListener("any", () => this.showTools());
    editor.save.addEventListener("state", () => this.showSaving());
  }

  showTools() {
    const { labels } = this.editor;
    const isPossible = {
      undo: labels.canUndo,
      redo: labels.canRedo,
      delete: labels.selected.size > 0,
      copy: labels.selected.size > 0,
      "no-object": labels.shapes.length === 0,
    };
    for (const [action, on] of Object.entries(isPossible)) {
      for (const button of document.querySelectorAll(`button[data-action=${action}]`)) {
        button.disabled = !on;
      }
    }
    this.editor.setPressed("no-object", labels.noObject);
  }

  showSaving() {
    const { labels, save } = this.editor;
    const { state, detail } = save;
    const status = document.getElementById("save-state");
    if (!status) return; // a viewer has no status
    status.dataset.state = state;
    for (const part of status.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
    status.querySelector("[data-detail]").textContent = detail?.detail ?? "";
    const number = /^items\[(\d+)\]/.exec(detail?.field ?? "")?.[1];
    const refused = labels.shapes[number];
    if (refused) labels.select([refused.id]);
    if (state === "conflict") this.#ask(detail);
    if (state === "saved" && this.isOpen) this.#saved();
  }

  #ask(theirs) {
    this.#theirs = theirs;
    this.dialog.querySelector(".versions").innerHTML = theirs.drawn;
    if (!this.dialog.open) this.dialog.showModal();
  }

  #choose(choice) {
    const { editor } = this;
    const theirs = this.#theirs;
    this.#theirs = null;
    this.dialog.close();
    if (choice === "theirs") return editor.takeTheirs(theirs);
    if (choice === "both") editor.commit({ shapes: theirs.both, no_object: false });
    editor.save.resolve(theirs.version, labelsOf(theirs));
  }

  // Panels that depend on the saved labels fetch themselves.
  #saved() {
    this.markStrip();
    if (this.editor.panel() === "history") document.dispatchEvent(new Event("labels:saved"));
    if (document.getElementById("review-panel").dataset.review === "reviewed") {
      document.dispatchEvent(new Event("labels:changed"));
    }
  }

  // The words and signs of both states are in the strip.
  markStrip() {
    const { shapes, noObject } = this.editor.labels;
    const state = shapes.length > 0 || noObject ? "labelled" : "unlabelled";
    const photo = document.querySelector(".strip [aria-current]");
    if (!photo || photo.dataset.state === state) return;
    photo.dataset.state = state;
    document.dispatchEvent(new Event("labels:changed"));
  }
}
