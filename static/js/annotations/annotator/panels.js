// The panels beside the photo are tabs: labels, suggestions, history, comments. One is shown.
const PLACE = "annotator-panel";

export function addPanels(editor) {
  const tabs = [...document.querySelectorAll(".side [role=tab]")];
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  const tabOf = (name) => tabs.find((tab) => tab.dataset.panel === name);

  function show(name, { focus = false } = {}) {
    const shown = tabOf(name) ?? tabs[0];
    for (const tab of tabs) {
      const on = tab === shown;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      panelOf(tab).hidden = !on;
    }
    sessionStorage.setItem(PLACE, shown.dataset.panel);
    document.dispatchEvent(new CustomEvent(`panel:${shown.dataset.panel}`));
    if (focus) shown.focus();
  }

  for (const tab of tabs) {
    tab.addEventListener("click", () => show(tab.dataset.panel));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      show(next.dataset.panel, { focus: true });
    });
    editor.onAction(`panel-${tab.dataset.panel}`, () => show(tab.dataset.panel, { focus: true }));
  }
  document.addEventListener("photo:turned", () => show(editor.panel()));
  editor.showPanel = show;
  editor.panel = () => tabs.find((tab) => tab.getAttribute("aria-selected") === "true")?.dataset.panel;
  show(sessionStorage.getItem(PLACE) ?? "labels");
}
