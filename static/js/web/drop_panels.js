// <details class="drop-panel">: a panel that lies over the page closes by Escape, and by a press beside it.
function close(panel) {
  panel.open = false;
}

document.addEventListener("click", (event) => {
  for (const panel of document.querySelectorAll(".drop-panel[open]")) {
    if (!panel.contains(event.target)) close(panel);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const panel = event.target.closest?.(".drop-panel[open]");
  if (!panel) return;
  close(panel);
  panel.querySelector("summary").focus();
});
