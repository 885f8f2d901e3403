// <button disabled data-needs="#weights-upload #photos-upload"> opens when each of these elements says data-state="done"
// (or "refused": some files were refused, others arrived).
export function start(button) {
  const needed = button.dataset.needs.split(/\s+/).map((selector) => document.querySelector(selector));

  function look() {
    button.disabled = !needed.every((element) => ["done", "refused"].includes(element?.dataset.state));
  }

  const observer = new MutationObserver(look);
  for (const element of needed) if (element) observer.observe(element, { attributeFilter: ["data-state"] });
  look();
}
