// What weights suggest for the open photo: drawn dashed with its score, accepted as a label or refused. Both are steps of
// the editor, so that undo brings a suggestion back; each decision is sent to the server.
import { keepInList } from "../web/keep_in_list.js";
import { editor } from "../annotations/annotator/editor.js";
import { announceIfEnded } from "../web/live_run.js";
import { show as toast } from "../web/toast.js";
import { Decisions } from "./decisions.js";
import { drawingOf, insert, shapeOf } from "./rows.js";

export async function start(section) {
  let hasEnded = false; // a run of the panel that ended while the labels were on their way
  const noteEnd = ({ target }) => {
    hasEnded ||= section.contains(target);
  };
  document.addEventListener("run:ended", noteEnd);
  const opened = await editor();
  document.removeEventListener("run:ended", noteEnd);
  const suggestions = new Suggestions(section, opened);
  if (hasEnded) suggestions.runEnded();
}

class Suggestions {
  #chosen = null; // id
  #known = new Map(); // id -> row; those that are decided are not in the list

  constructor(section, opened) {
    Object.assign(this, { section, editor: opened, decisions: new Decisions(section, opened) });
    document.addEventListener("photo:turned", () => this.#turn());
    section.addEventListener("htmx:after:swap", ({ target }) => {
      this.#readPanel();
      // A run that was started here may be over before its panel arrives.
      if (target !== section && !target.closest("#suggestion-run")) {
        announceIfEnded(this.#place?.querySelector("section"));
      }
    });
    section.addEventListener("click", (event) => this.#click(event));
    section.addEventListener("input", () => this.show());
    for (const name of ["pointerover", "focusin"]) {
      section.addEventListener(name, ({ target }) => this.#point(target.closest("[data-suggestion]")));
    }
    document.addEventListener("run:ended", (event) => section.contains(event.target) && this.runEnded());
    const on = (name, run) => opened.onAction(name, () => opened.readOnly || run());
    on("accept-suggestion", () => this.accept(this.shown.slice(0, 1)));
    on("refuse-suggestion", () => this.refuse(this.shown.slice(0, 1)));
    on("next-suggestion", () => this.#next());
    on("accept-suggestions", () => this.accept(this.shown.filter((row) => !row.hasAttribute("data-double"))));
    on("refuse-suggestions", () => this.refuse(this.rows));
    for (const name of ["change", "decision"]) {
      opened.labels.addEventListener(name, () => {
        this.show();
        this.decisions.send();
      });
    }
    this.#readPanel();
  }

  // The panel was replaced: what is neither in it nor decided here was removed on the server.
  #readPanel() {
    const fresh = new Map(this.rows.map((row) => [Number(row.dataset.suggestion), row]));
    for (const id of this.#known.keys()) if (!this.#isDecided(id)) this.#known.delete(id);
    for (const [id, row] of fresh) this.#known.set(id, row);
    this.show();
  }

  #isDecided(id) {
    return this.editor.labels.decided.has(id);
  }

  #isChosen(row) {
    return row.dataset.suggestion === this.#chosen;
  }

  // The chosen one first, then the best.
  get rows() {
    const rows = [...this.section.querySelectorAll("[data-suggestion]")];
    return rows.sort((one, other) => this.#isChosen(other) - this.#isChosen(one));
  }

  // From the score on that the slider says: what is drawn, and what keys take.
  get shown() {
    return this.rows.filter((row) => this.#isAbove(row));
  }

  // Another photo has others.
  #turn() {
    this.#chosen = null;
    this.#known.clear();
    this.decisions.clear();
    this.section.replaceChildren();
    window.htmx.trigger(this.section, "suggestions:changed");
  }

  // Where the panel of a run is; not before the panel itself has arrived.
  get #place() {
    return this.section.querySelector("#suggestion-run");
  }

  get #threshold() {
    return Number(this.section.querySelector("#suggestion-threshold")?.value ?? 0) / 100;
  }

  #isAbove(row) {
    return Number(row.dataset.score) >= this.#threshold - 1e-9;
  }

  show() {
    for (const [id, row] of this.#known) {
      if (this.#isDecided(id)) row.remove();
      else if (!row.isConnected) insert(row, this.section.querySelector(".suggestion-list"));
    }
    const rows = this.rows;
    const above = rows.filter((row) => this.#isAbove(row));
    for (const row of rows) {
      row.toggleAttribute("data-below", !above.includes(row));
      row.toggleAttribute("data-chosen", this.#isChosen(row));
    }
    const say = (selector, text) =>
      this.section.querySelectorAll(selector).forEach((element) => (element.textContent = text));
    say("[data-suggestion-count]", rows.length);
    say("[data-score-shown]", `${Math.round(100 * this.#threshold)} %`);
    say("[data-above]", above.filter((row) => !row.hasAttribute("data-double")).length);
    // The chosen one is drawn last, so that no other lies over it.
    this.editor.setOverlay("suggestions", above.map((row) => drawingOf(row, this.#isChosen(row))).reverse());
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
    const { labels } = this.editor;
    const hadFocus = rows.some((row) => row.contains(document.activeElement));
    const next = rows.at(-1).nextElementSibling?.querySelector("button");
    labels.commit(shapes, {
      select: [],
      decided: new Set([...labels.decided, ...rows.map((row) => Number(row.dataset.suggestion))]),
    });
    if (hadFocus) (next ?? this.editor.stage.element).focus();
  }

  #click(event) {
    const row = event.target.closest("[data-suggestion]");
    if (!row) return;
    if (event.target.closest("[data-accept]")) this.accept([row]);
    else if (event.target.closest("[data-refuse]")) this.refuse([row]);
    else this.#point(row);
  }

  #next() {
    const rows = [...this.section.querySelectorAll("[data-suggestion]")].filter((row) => this.#isAbove(row));
    const now = rows.findIndex((row) => this.#isChosen(row));
    this.#point(rows[(now + 1) % rows.length]);
  }

  #point(row) {
    if (!row || this.#isChosen(row)) return;
    this.#chosen = row.dataset.suggestion;
    keepInList(row);
    this.show();
  }

  // The panel is fetched again; the message of the run stays.
  runEnded() {
    const place = this.#place;
    if (!place) return;
    if (place.querySelector("[data-labels-changed]") && !this.editor.save.isUnsaved) return location.reload();
    const messages = [...place.childNodes];
    const putBack = ({ target }) => {
      // Swaps inside the panel bubble up to here.
      if (target !== this.section) return;
      this.section.removeEventListener("htmx:after:swap", putBack);
      if (!this.#place?.childElementCount) this.#place?.replaceChildren(...messages);
    };
    this.section.addEventListener("htmx:after:swap", putBack);
    window.htmx.trigger(this.section, "suggestions:changed");
    document.dispatchEvent(new Event("photos:changed"));
  }
}
