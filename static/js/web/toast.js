// Short notes at the foot of the page. From the server: flash(message, level), or the header
// HX-Trigger: {"toast": {"message": "…", "level": "success"}}. From a script: show(message, level).
// With «action»: {label, url, values} the note has a button that posts the values, such as an undo.
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");

export function show(message, level = "info", action = null) {
  const note = template.content.firstElementChild.cloneNode(true);
  note.dataset.level = level;
  note.querySelector(".toast-text").textContent = message;
  const button = note.querySelector(".toast-action");
  if (action) {
    button.textContent = action.label;
    button.setAttribute("hx-post", action.url);
    button.setAttribute("hx-vals", JSON.stringify(action.values));
  } else button.remove();
  region.append(note);
  window.htmx.process(note);
}

const remove = ({ target }) => target.closest(".toast-note")?.remove();
region.addEventListener("click", (event) => event.target.closest(".toast-close") && remove(event));
// How long a note stays is said in frame.css.
region.addEventListener("animationend", (event) => event.animationName === "expire" && remove(event));
// An action runs once: its note is removed with the answer.
region.addEventListener("htmx:after:request", remove);
document.addEventListener("toast", ({ detail }) =>
  show(detail.message ?? detail.value, detail.level, detail.action),
);
