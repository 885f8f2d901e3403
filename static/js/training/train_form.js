// The form of a training: the parameters are searched, those that differ from their defaults are marked and counted, and
// the first that was refused gets the focus.
export function matches(words, sought) {
  const text = words.toLowerCase();
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((part) => text.includes(part));
}

const valueOf = (input) => (input.type === "checkbox" ? String(input.checked) : input.value.trim());

// «10», «10.0» and «1e1» are the same number; of a box the default is «True» or «False».
export function isChanged(value, usual) {
  if (["True", "False"].includes(usual)) return value !== usual.toLowerCase();
  if (value === "" || Number.isNaN(Number(value)) || Number.isNaN(Number(usual))) return value !== usual;
  return Number(value) !== Number(usual);
}

export function start(form) {
  const parameters = [...form.querySelectorAll("[data-parameter]")];
  const count = form.querySelector("[data-changed-count]");
  const search = form.querySelector("[data-parameter-search]");
  const nothing = form.querySelector("[data-no-parameter]");

  function mark() {
    for (const parameter of parameters) {
      const input = parameter.querySelector("input, select");
      // A number of iterations that is left empty follows from the time.
      const left = input.name === "iterations" && input.value === "";
      parameter.toggleAttribute(
        "data-changed",
        !left && isChanged(valueOf(input), parameter.dataset.default),
      );
    }
    const changed = form.querySelectorAll("#advanced [data-changed]").length;
    count.textContent = changed ? count.dataset.words.replace("{n}", changed) : "";
  }

  function find() {
    const advanced = parameters.filter((parameter) => parameter.closest("#advanced"));
    for (const parameter of advanced) {
      parameter.hidden = !matches(parameter.dataset.words, search.value.trim());
    }
    for (const group of form.querySelectorAll("#advanced .parameter-group")) {
      group.hidden = !group.querySelector("[data-parameter]:not([hidden])");
    }
    nothing.hidden = advanced.some((parameter) => !parameter.hidden);
  }

  // A page that comes back after the defaults were saved has the panel as it was.
  const panel = form.querySelector("#advanced");
  const opened = form.elements.namedItem("open");
  const keepOpen = () => {
    if (opened) opened.value = panel.open ? panel.id : "";
  };
  panel.addEventListener("toggle", keepOpen);
  keepOpen();

  form.addEventListener("input", mark);
  form.addEventListener("change", mark);
  search?.addEventListener("input", find);
  // Enter in the search field would start the training.
  search?.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  if (count) mark();
  const wrong = form.querySelector("[aria-invalid=true], .field-wrong input, .field-wrong select");
  wrong?.scrollIntoView({ block: "center" });
  wrong?.focus({ preventScroll: true });
}
