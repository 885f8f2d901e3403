// Categories by a key and some letters of their name: for those that have no number key.
export function addCategorySearch(editor) {
  const dialog = document.getElementById("category-search");
  if (!dialog) return;
  const field = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  let at = 0;

  const found = () => {
    const asked = field.value.trim().toLocaleLowerCase();
    const rank = ({ name }) => name.toLocaleLowerCase().indexOf(asked);
    const fitting = editor.categories.filter((category) => rank(category) >= 0);
    return fitting.sort((one, other) => Math.sign(rank(one)) - Math.sign(rank(other))).slice(0, 12);
  };

  function render() {
    const categories = found();
    at = Math.max(0, Math.min(at, categories.length - 1));
    list.replaceChildren(
      ...categories.map(({ id, name, color }, index) => {
        const row = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
        row.id = `category-option-${id}`;
        row.dataset.id = id;
        row.setAttribute("aria-selected", String(index === at));
        row.querySelector("rect").setAttribute("fill", color);
        row.querySelector(".label-name").textContent = name;
        return row;
      }),
    );
    const chosen = categories[at];
    field.setAttribute("aria-activedescendant", chosen ? `category-option-${chosen.id}` : "");
    dialog.querySelector("[data-none]").hidden = categories.length > 0;
  }

  function choose(id) {
    dialog.close();
    editor.useCategory(id);
    editor.stage.element.focus({ preventScroll: true });
  }

  editor.onAction("search-category", () => {
    field.value = "";
    at = 0;
    render();
    dialog.showModal();
    field.focus();
  });
  field.addEventListener("input", () => {
    at = 0;
    render();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at += step;
    else if (event.key === "Enter" && found()[at]) choose(found()[at].id);
    else return;
    event.preventDefault();
    if (step) render();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (row) choose(Number(row.dataset.id));
  });
}
