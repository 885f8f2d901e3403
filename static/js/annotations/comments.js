// Comments are pinned to places of the photo: a tool sets the place of a new one, a number on the photo shows each that is
// there, and a press on its number in the panel shows the place.
import { DrawTool } from "./annotator/draw_tool.js";
import { editor } from "./annotator/editor.js";

export async function start(section) {
  const opened = await editor();
  const pins = new Pins(section, opened);
  if (!opened.readOnly) opened.registerTool("comment", new CommentTool(opened, pins));
  opened.onAction("panel-comments", () => opened.showPanel("comments", { focus: true }));
  section.addEventListener("htmx:after:swap", () => {
    if (!section.querySelector("[aria-invalid]")) pins.place = null; // it was sent
    pins.show();
  });
  document.addEventListener("photo:turned", () => {
    pins.place = null;
    section.querySelector("#comment-rows").replaceChildren();
    window.htmx.trigger(section, "comments:changed");
  });
  section.addEventListener("click", (event) => {
    const row = event.target.closest("[data-show-comment]")?.closest("[data-comment]");
    if (row) opened.stage.moveTo(placeOf(row));
  });
  pins.show();
}

const placeOf = ({ dataset }) => [Number(dataset.x), Number(dataset.y)];

class Pins {
  place = null; // of the comment that is being written

  constructor(section, opened) {
    Object.assign(this, { section, editor: opened });
  }

  show() {
    const rows = [...this.section.querySelectorAll("[data-comment]")];
    const pin = (point, label, color) => ({ outlines: [[point, point, point]], label, color, dashed: true });
    const overlays = rows.map((row) =>
      pin(placeOf(row), row.dataset.comment, row.hasAttribute("data-resolved") ? "#1c6b3c" : "#b3261e"),
    );
    if (this.place) overlays.push(pin(this.place, "+", "#0d5c75"));
    this.#fill();
    this.editor.setOverlay("comments", overlays);
    const count = rows.filter((row) => !row.hasAttribute("data-resolved")).length;
    document.getElementById("comment-count").textContent = count || "";
  }

  #fill() {
    const form = document.getElementById("new-comment");
    if (!form) return;
    const [x, y] = this.place ?? ["", ""];
    Object.assign(form.elements.x, { value: x });
    Object.assign(form.elements.y, { value: y });
  }

  set(point) {
    this.place = point;
    this.show();
    this.editor.showPanel("comments");
    document.getElementById("comment-text")?.focus();
  }
}

class CommentTool extends DrawTool {
  coversHandles = true;

  constructor(opened, pins) {
    super(opened);
    this.pins = pins;
  }

  press() {
    return false;
  }

  tap({ point }) {
    this.put(this.inside(point));
  }

  put(point) {
    this.pins.set(point);
    this.editor.useTool("select");
  }
}
