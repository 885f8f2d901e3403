// Comments are pinned to places of the photo: a tool sets the place of a new one, a number on the photo shows each that is
// there, and a press on its number in the panel shows the place.
import { DrawTool } from "./annotator/draw_tool.js";

const placeOf = ({ dataset }) => [Number(dataset.x), Number(dataset.y)];

export function addComments(editor) {
  const section = document.getElementById("comments");
  const tool = new CommentTool(editor);
  editor.addTool("comment", tool);
  section.addEventListener("htmx:after:swap", () => {
    const wasSent = !section.querySelector("[aria-invalid]");
    tool.pin(wasSent ? null : tool.place);
  });
  document.addEventListener("photo:turned", () => {
    section.querySelector("#comment-rows").replaceChildren();
    window.htmx.trigger(section, "comments:changed");
  });
  section.addEventListener("click", (event) => {
    const row = event.target.closest("[data-show-comment]")?.closest("[data-comment]");
    if (row) editor.stage.moveTo(placeOf(row));
  });
  tool.pin(null);
}

class CommentTool extends DrawTool {
  coversHandles = true;
  place = null; // of the comment that is being written

  press() {
    return false;
  }

  put(point) {
    this.pin(point);
    this.editor.showPanel("comments");
    document.getElementById("comment-text")?.focus();
    this.editor.useTool("select");
  }

  // The place of the new comment, and all pins as they are now.
  pin(place) {
    this.place = place;
    const fields = document.getElementById("new-comment")?.elements;
    if (fields) [fields.x.value, fields.y.value] = place ?? ["", ""];
    const rows = [...document.querySelectorAll("#comments [data-comment]")];
    const isOpen = (row) => !row.hasAttribute("data-resolved");
    const pinOf = (point, label, color) => ({
      outlines: [[point, point, point]],
      label,
      color,
      dashed: true,
    });
    const pins = rows.map((row) =>
      pinOf(placeOf(row), row.dataset.comment, isOpen(row) ? "#b3261e" : "#1c6b3c"),
    );
    if (place) pins.push(pinOf(place, "+", "#0d5c75"));
    this.editor.setOverlay("comments", pins);
    document.getElementById("comment-count").textContent = rows.filter(isOpen).length || "";
  }
}
