// The history beside the photo: an earlier version is shown over the photo, dashed; the server restores it.
import { fromServer } from "./shape.js";

export function addHistory(editor) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-version]");
    if (button) toggleVersion(editor, button);
  });
  document.addEventListener("labels:restored", () => {
    editor.setOverlay("history", []);
    editor.reload();
  });
}

async function toggleVersion(editor, button) {
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
