// What weights suggest for the open photo: drawn dashed with its score, accepted as a label or refused. Both are steps of
// the editor, so that undo brings a suggestion back; each decision is sent to the server.
import { editor } from "../annotations/annotator/editor.js";
import { pairs } from "../annotations/annotator/geometry.js";
import { fromServer } from "../annotations/annotator/shape.js";
import { keepInList } from "../web/keep_in_list.js";
import { announceIfEnded } from "../web/live_run.js";
import { show as toast } from "../web/toast.js";
import { Decisions } from "./decisions.js";

export async function start(section) {
  new Suggestions(section, await editor());
}

const idOf = ({ dataset }) => Number(dataset.id);
const isNoDouble = (row) => !row.hasAttribute("data-double");

// A row of the list, as a label.
const shapeOf = ({ dataset }) =>
  fromServer({
    category: Number(dataset.categoryId),
    segmentation: JSON.parse(dataset.outlines),
    bbox: null,
    suggested: true,
  });

class Suggestions {
  #chosen = null; // id

  constructor(section, opened) {
    Object.assign(this, { section, editor: opened, decisions: new Decisions(section, opened) });
    document.addEventListener("photo:turned", () => this.#turn());
    document.addEventListener(
      "run:ended",
      ({ target }) => section.contains(target) && this.#runEnded(target),
    );
    section.addEventListener("htmx:after:swap", ({ target }) => {
      this.show();
      // A run that was started here may be over before its panel arrives.
      if (target !== section && !target.closest("#suggestion-run")) this.#announceIfEnded();
    });
    section.addEventListener("click", (event) => this.#click(event));
    section.addEventListener("input", () => this.show());
    for (const name of ["pointerover", "focusin"]) {
      section.addEventListener(name, ({ target }) => this.#choose(target.closest("[data-suggestion]")));
    }
    opened.onEdit("accept-suggestion", () => this.accept(this.shown.slice(0, 1)));
    opened.onEdit("refuse-suggestion", () => this.refuse(this.shown.slice(0, 1)));
    opened.onEdit("next-suggestion", () => this.#next());
    opened.onEdit("accept-suggestions", () => this.accept(this.shown.filter(isNoDouble)));
    opened.onEdit("refuse-suggestions", () => this.refuse(this.rows));
    for (const name of ["change", "decision"]) {
      opened.labels.addEventListener(name, () => {
        this.show();
        this.decisions.send();
      });
    }
    this.show();
    this.#announceIfEnded(); // while the labels were on their way
  }

  // Those that are undecided, the best first; a decided one stays in the page for its undo.
  get rows() {
    return [...this.section.querySelectorAll("[data-suggestion]")];
  }

  // From the score on that the slider says: what is drawn, and what keys take, the chosen one first.
  get shown() {
    const least = this.#threshold - 1e-9;
    const shown = this.rows.filter(({ dataset }) => Number(dataset.score) >= least);
    return shown.sort((one, other) => this.#isChosen(other) - this.#isChosen(one));
  }

  get #threshold() {
    return Number(this.section.querySelector("#suggestion-threshold")?.value ?? 0) / 100;
  }

  #isChosen(row) {
    return idOf(row) === this.#chosen;
  }

  // Another photo has others.
  #turn() {
    this.#chosen = null;
    this.decisions.clear();
    this.section.replaceChildren();
    window.htmx.trigger(this.section, "suggestions:changed");
  }

  show() {
    const { decided } = this.editor.labels;
    for (const row of this.section.querySelectorAll(".suggestion")) {
      row.hidden = decided.has(idOf(row));
      row.toggleAttribute("data-suggestion", !row.hidden);
      row.toggleAttribute("data-chosen", this.#isChosen(row));
    }
    const { rows, shown } = this;
    for (const row of rows) row.toggleAttribute("data-below", !shown.includes(row));
    const say = (selector, text) =>
      this.section.querySelectorAll(selector).forEach((element) => (element.textContent = text));
    say("[data-suggestion-count]", rows.length);
    say("[data-score-shown]", `${Math.round(100 * this.#threshold)} %`);
    say("[data-above]", shown.filter(isNoDouble).length);
    // The chosen one is drawn last, so that no other lies over it.
    this.editor.setOverlay("suggestions", shown.map((row) => this.#drawingOf(row)).reverse());
  }

  #drawingOf(row) {
    const { outlines, color, score } = row.dataset;
    const label = `${row.querySelector(".label-name").textContent} ${Math.round(100 * score)} %`;
    return {
      outlines: JSON.parse(outlines).map(pairs),
      color,
      dashed: true,
      strong: this.#isChosen(row),
      label,
    };
  }

  accept(rows) {
    if (rows.some((row) => !row.dataset.categoryId)) return toast(this.section.dataset.stale, "warning");
    this.#decide(rows, [...this.editor.labels.shapes, ...rows.map(shapeOf)]);
  }

  refuse(rows) {
    this.#decide(rows, this.editor.labels.shapes);
  }

  // One step, however many they are.
  #decide(rows, shapes) {
    if (!rows.length) return;
    const { labels, stage } = this.editor;
    const hadFocus = rows.some((row) => row.contains(document.activeElement));
    labels.commit(shapes, { select: [], decided: new Set([...labels.decided, ...rows.map(idOf)]) });
    if (!hadFocus) return;
    const next = this.section.querySelector(`[data-id="${idOf(rows.at(-1))}"] ~ [data-suggestion] button`);
    (next ?? stage.element).focus();
  }

  #click({ target }) {
    const row = target.closest("[data-suggestion]");
    if (!row) return;
    if (target.closest("[data-accept]")) this.accept([row]);
    else if (target.closest("[data-refuse]")) this.refuse([row]);
    else this.#choose(row);
  }

  #next() {
    const rows = this.rows.filter((row) => !row.hasAttribute("data-below"));
    const now = rows.findIndex((row) => this.#isChosen(row));
    this.#choose(rows[(now + 1) % rows.length]);
  }

  #choose(row) {
    if (!row || this.#isChosen(row)) return;
    this.#chosen = idOf(row);
    keepInList(row);
    this.show();
  }

  #announceIfEnded() {
    announceIfEnded(this.section.querySelector("#suggestion-run section:not([data-told])"));
  }

  // The panel is fetched again; the message of the run stays.
  #runEnded(run) {
    run.dataset.told = "";
    if (run.querySelector("[data-labels-changed]") && !this.editor.save.isUnsaved) return location.reload();
    window.htmx.trigger(this.section, "suggestions:changed");
    document.dispatchEvent(new Event("photos:changed"));
  }
}
