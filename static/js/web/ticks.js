// <output data-tick-count> inside a form shows how many of its boxes are ticked.
export function start(output) {
  const form = output.closest("form");
  const count = () => {
    output.textContent = form.querySelectorAll("input[type=checkbox]:checked").length;
  };
  form.addEventListener("change", count);
  count();
}
