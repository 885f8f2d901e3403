// <button disabled data-needs="#weights-upload #photos-upload|#library"> opens when each of these elements says data-state="done"
// (or "refused": some files were refused, others arrived); of those joined by | one is enough.
export function start(button) {
  const needed = button.dataset.needs
    .split(/\s+/)
    .map((names) => names.split("|").map((selector) => document.querySelector(selector)));

  function update() {
    const ready = (element) => ["done", "refused"].includes(element?.dataset.state);
    button.disabled = !needed.every((elements) => elements.some(ready));
  }

  const observer = new MutationObserver(update);
  for (const element of needed.flat()) {
    if (element) observer.observe(element, { attributeFilter: ["data-state"] });
  }
  update();
}
