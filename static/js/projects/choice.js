// Many models: a part of the name leaves the cards that have it; the order is kept in a cookie and asked for at once.
const ONE_YEAR = 365 * 24 * 3600;

export function start(form) {
  const search = form.querySelector("[data-model-search]");
  const nothing = form.querySelector("[data-no-model]");
  search.addEventListener("input", () => {
    const sought = search.value.trim().toLowerCase();
    const cards = [...document.querySelectorAll(".model-card")];
    for (const card of cards) card.hidden = !card.dataset.name.includes(sought);
    nothing.hidden = cards.some((card) => !card.hidden);
  });
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  form.querySelector("[data-model-order]").addEventListener("change", ({ target }) => {
    document.cookie = `model_order=${target.value}; path=/; max-age=${ONE_YEAR}; samesite=lax`;
    form.submit();
  });
}
