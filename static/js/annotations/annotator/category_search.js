// Categories by a key and some letters of their name: for those that have no number key. The buttons that are found are
// those of the panel; Enter presses the first one, the arrows go from one to the next.
import { buttonOf } from "./categories.js";

const MOST = 12;

export function addCategorySearch(editor) {
  const dialog = document.getElementById("category-search");
  const field = dialog.querySelector("input");
  const list = dialog.querySelector(".label-list");

  // Those whose name begins with what was typed come first.
  function find() {
    const asked = field.value.trim().toLocaleLowerCase();
    const rank = ({ name }) => name.toLocaleLowerCase().indexOf(asked);
    const fitting = editor.categories.filter((category) => rank(category) >= 0);
    const found = fitting.sort((one, other) => Math.sign(rank(one)) - Math.sign(rank(other))).slice(0, MOST);
    const buttons = found.map(({ id }) => buttonOf(id).cloneNode(true));
    for (const button of buttons) button.type = "submit"; // of a form that closes the dialog
    list.replaceChildren(...buttons);
    dialog.querySelector("[data-none]").hidden = found.length > 0;
  }

  editor.onAction("search-category", () => {
    field.value = "";
    find();
    dialog.showModal();
  });
  field.addEventListener("input", find);
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!step) return;
    event.preventDefault();
    const here = list.contains(document.activeElement)
      ? document.activeElement[step]
      : list.firstElementChild;
    (here ?? field).focus();
  });
  dialog.addEventListener("close", () => {
    list.replaceChildren();
    editor.stage.element.focus({ preventScroll: true });
  });
}
