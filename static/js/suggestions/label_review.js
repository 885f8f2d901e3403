// <div data-label-review> … <button data-key="k"> … </div>: a key presses the button or link that names it.
export function start(review) {
  let pressed = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
    if (event.target.closest("input, select, textarea, dialog[open]")) return;
    const wanted = review.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    // While an answer is on its way its buttons speak of what was decided already.
    if (!wanted || review.querySelector(".htmx-request")) return;
    event.preventDefault();
    pressed = true;
    wanted.click();
  });
  // The answer takes the place of what had the focus: it goes on to what is asked next.
  review.addEventListener("htmx:after:settle", () => {
    if (pressed || document.activeElement === document.body) review.querySelector("h2")?.focus();
    pressed = false;
  });
}
