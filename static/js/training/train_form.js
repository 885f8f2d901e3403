// The form of a training: the parameters that differ from their defaults are marked and counted, and the first that was refused
// gets the focus.
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

  form.addEventListener("input", mark);
  form.addEventListener("change", mark);
  if (count) mark();
  const wrong = form.querySelector("[aria-invalid=true], .field-wrong input, .field-wrong select");
  wrong?.scrollIntoView({ block: "center" });
  wrong?.focus({ preventScroll: true });
}
