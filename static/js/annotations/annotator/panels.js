// The panels beside the photo are tabs: labels, suggestions, history, comments. One is shown. An earlier version of the
// history is shown over the photo, dashed; the server restores it.
import { fromServer } from "./shape.js";

const PLACE = "annotator-panel";

export function addPanels(editor) {
  const tabs = [...document.querySelectorAll(".side [role=tab]")];
  const isShown = (tab) => tab.getAttribute("aria-selected") === "true";

  function show(name, { focus = false } = {}) {
    const shown = tabs.find((tab) => tab.dataset.panel === name) ?? tabs[0];
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === shown));
      tab.tabIndex = tab === shown ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== shown;
    }
    sessionStorage.setItem(PLACE, shown.dataset.panel);
    document.dispatchEvent(new CustomEvent(`panel:${shown.dataset.panel}`));
    if (focus) shown.focus();
  }

  for (const [at, tab] of tabs.entries()) {
    editor.onAction(tab.dataset.action, () => show(tab.dataset.panel, { focus: true }));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (step) show(tabs.at((at + step) % tabs.length).dataset.panel, { focus: true });
    });
  }
  document.addEventListener("photo:turned", () => show(editor.panel()));
  editor.showPanel = show;
  editor.panel = () => tabs.find(isShown).dataset.panel;
  show(sessionStorage.getItem(PLACE) ?? "labels");
}

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
  const overlayOf = (item) => ({ ...fromServer(item), color: editor.colorOf(item.category), dashed: true });
  editor.setOverlay("history", shapes.map(overlayOf));
}
