// What weights suggest for the open photo: drawn dashed with its score, made a label or sent away.
import { keepInList } from "../keep_in_list.js";
import { editor } from "../annotator/editor.js";
import { fromServer } from "../annotator/shape.js";
import { show as toast } from "../toast.js";

export async function start(section) {
  new Suggestions(section, await editor());
}

class Suggestions {
  #chosen = null; // id

  constructor(section, opened) {
    Object.assign(this, { section, editor: opened });
    section.addEventListener("htmx:after:swap", () => this.show());
    section.addEventListener("click", (event) => this.#click(event));
    section.addEventListener("input", () => this.show());
    section.addEventListener("pointerover", (event) => this.#point(event.target.closest("[data-suggestion]")));
    section.addEventListener("focusin", (event) => this.#point(event.target.closest("[data-suggestion]")));
    document.addEventListener("run:ended", (event) => section.contains(event.target) && this.#runEnded());
    const on = (name, run) => opened.onAction(name, () => opened.readOnly || run());
    on("accept-suggestion", () => this.accept(this.rows.slice(0, 1)));
    on("refuse-suggestion", () => this.remove(this.rows.slice(0, 1)));
    on("next-suggestion", () => this.#next());
    on("accept-suggestions", () => this.accept(this.rows.filter((row) => this.#isAbove(row))));
    on("refuse-suggestions", () => this.remove(this.rows));
    this.show();
  }

  // The chosen one first, then the best.
  get rows() {
    const rows = [...this.section.querySelectorAll("[data-suggestion]")];
    return rows.sort((one, other) => (other.dataset.suggestion === this.#chosen) - (one.dataset.suggestion === this.#chosen));
  }

  get #threshold() {
    return Number(this.section.querySelector("#suggestion-threshold")?.value ?? 0) / 100;
  }

  #isAbove(row) {
    return Number(row.dataset.score) >= this.#threshold - 1e-9;
  }

  show() {
    const rows = this.rows;
    const above = rows.filter((row) => this.#isAbove(row));
    for (const row of rows) {
      row.toggleAttribute("data-below", !above.includes(row));
      row.toggleAttribute("data-chosen", row.dataset.suggestion === this.#chosen);
    }
    const say = (selector, text) => this.section.querySelectorAll(selector).forEach((element) => (element.textContent = text));
    say("[data-suggestion-count]", rows.length);
    say("[data-score-shown]", `${Math.round(100 * this.#threshold)} %`);
    say("[data-above]", above.length);
    this.section.querySelectorAll("[data-while-suggestions]").forEach((element) => (element.hidden = !rows.length));
    this.editor.setOverlay("suggestions", rows.map((row) => this.#drawing(row)));
  }

  #drawing(row) {
    const outlines = JSON.parse(row.dataset.outlines).map((flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));
    const name = row.querySelector(".label-name").textContent;
    return { outlines, color: row.dataset.color, dashed: true, strong: row.dataset.suggestion === this.#chosen, label: `${name} ${Math.round(100 * row.dataset.score)} %` };
  }

  accept(rows) {
    if (rows.some((row) => !row.dataset.categoryId)) return toast(this.section.dataset.stale, "warning");
    if (!rows.length) return;
    this.editor.labels.add(
      rows.map((row) =>
        fromServer({ category: Number(row.dataset.categoryId), segmentation: JSON.parse(row.dataset.outlines), bbox: null, iscrowd: false, is_box: false, suggested: true }),
      ),
    );
    this.editor.labels.select([]);
    this.remove(rows);
  }

  async remove(rows) {
    if (!rows.length) return;
    const ids = rows.map((row) => Number(row.dataset.suggestion));
    const hadFocus = rows.some((row) => row.contains(document.activeElement));
    const next = rows.at(-1).nextElementSibling?.querySelector("button");
    for (const row of rows) row.remove();
    if (hadFocus) (next ?? this.editor.stage.element).focus();
    this.show();
    try {
      const answer = await fetch(this.section.dataset.remove, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.editor.token },
        body: JSON.stringify({ ids }),
      });
      if (!answer.ok) throw new Error(`suggestions: ${answer.status}`);
    } catch {
      toast(this.section.dataset.failed, "error");
    }
  }

  #click(event) {
    const row = event.target.closest("[data-suggestion]");
    if (!row) return;
    if (event.target.closest("[data-accept]")) this.accept([row]);
    else if (event.target.closest("[data-refuse]")) this.remove([row]);
    else this.#point(row);
  }

  #next() {
    const rows = [...this.section.querySelectorAll("[data-suggestion]")];
    const now = rows.findIndex((row) => row.dataset.suggestion === this.#chosen);
    this.#point(rows[(now + 1) % rows.length]);
  }

  #point(row) {
    if (!row || row.dataset.suggestion === this.#chosen) return;
    this.#chosen = row.dataset.suggestion;
    keepInList(row);
    this.show();
  }

  // The panel is read anew; what the run has to say stays.
  #runEnded() {
    const place = this.section.querySelector("#suggestion-run");
    if (place.querySelector("[data-labels-changed]") && !this.editor.save.isUnsaved) return location.reload();
    const said = [...place.childNodes];
    this.section.addEventListener("htmx:after:swap", () => this.section.querySelector("#suggestion-run")?.replaceChildren(...said), { once: true });
    window.htmx.trigger(this.section, "suggestions:changed");
    document.dispatchEvent(new Event("photos:changed"));
  }
}
