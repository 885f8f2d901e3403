// The history beside the photo: an earlier state is looked at over the photo, dashed, and brought back by the server.
import { fromServer } from "./shape.js";

export function watchHistory(editor) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-version]");
    if (button) look(editor, button);
  });
  document.addEventListener("labels:restored", () => {
    editor.setOverlay("history", []);
    editor.reload();
  });
}

async function look(editor, button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  for (const other of document.querySelectorAll("[data-show-version]")) {
    other.setAttribute("aria-pressed", String(on && other === button));
  }
  if (!on) return editor.setOverlay("history", []);
  const answer = await fetch(button.dataset.showVersion, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { shapes } = await answer.json();
  editor.setOverlay(
    "history",
    shapes.map((item) => ({ ...fromServer(item), color: editor.colorOf(item.category), dashed: true })),
  );
}
