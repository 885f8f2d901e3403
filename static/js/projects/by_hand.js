// <div class="model-grid" data-by-hand>: a card that is dragged onto another one is put before it, for everybody.
export function start(grid) {
  let dragged = null;
  const cardAt = (event) => event.target.closest?.(".model-card");
  grid.addEventListener("dragstart", (event) => {
    dragged = cardAt(event);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
  });
  const mark = (over) => {
    for (const card of grid.children) {
      card.toggleAttribute("data-drop-before", card === over && card !== dragged);
    }
  };
  grid.addEventListener("dragover", (event) => {
    const over = cardAt(event);
    if (!dragged || !over) return;
    event.preventDefault();
    mark(over);
  });
  grid.addEventListener("dragend", () => {
    dragged = null;
    mark(null);
  });
  grid.addEventListener("drop", (event) => {
    const over = cardAt(event);
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const values = { before: over.id.replace("model-", ""), order: "hand" };
    window.htmx.ajax("POST", dragged.dataset.place, {
      target: "#models",
      swap: "outerMorph",
      values,
      source: grid,
    });
  });
}
