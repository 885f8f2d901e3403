// The categories of the model are the buttons beside the photo: what the page shows is what there is.
const buttons = () => [...document.querySelectorAll(".category-list [data-category]")];
export const buttonOf = (id) => document.querySelector(`[data-category="${id}"]`);
const keyOf = (modelId) => `category-${modelId}`;

export function all() {
  return buttons().map(({ dataset: { category, name, color } }) => ({ id: Number(category), name, color }));
}

export function chosen() {
  const pressed = buttons().find((button) => button.getAttribute("aria-pressed") === "true");
  const button = pressed ?? buttons()[0];
  return button ? Number(button.dataset.category) : null;
}

export const colorOf = (id) => buttonOf(id)?.dataset.color ?? "#7f7f7f";
export const nameOf = (id) => buttonOf(id)?.dataset.name ?? "?";

export function choose(modelId, id) {
  for (const button of buttons()) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.category) === id));
  }
  sessionStorage.setItem(keyOf(modelId), id);
}

// The category that was chosen on the photo before, or the first where it is gone.
export function chooseKept(modelId, kept = sessionStorage.getItem(keyOf(modelId))) {
  const ids = all().map(({ id }) => id);
  const id = ids.includes(Number(kept)) ? Number(kept) : ids[0];
  if (id !== undefined) choose(modelId, id);
}
