// Short notes at the foot of the page. From the server: flash(message, level), or the header
// HX-Trigger: {"toast": {"message": "…", "level": "success"}}. From a script: show(message, level).
// With «action»: {label, url, values} the note has a button that posts the values, such as an undo.
const SECONDS = { success: 6, info: 6, warning: 12 }; // an error stays until it is closed
const SECONDS_WITH_ACTION = 20;
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");

export function show(message, level = "info", action = null) {
  const note = template.content.firstElementChild.cloneNode(true);
  note.dataset.level = level;
  note.querySelector(".toast-text").textContent = message;
  if (action) note.querySelector(".toast-close").before(button(action));
  region.append(note);
  if (action) window.htmx.process(note);
  expire(note);
}

function button(action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "toast-action";
  made.textContent = action.label;
  made.setAttribute("hx-post", action.url);
  made.setAttribute("hx-vals", JSON.stringify(action.values));
  made.setAttribute("hx-swap", "none");
  return made;
}

function expire(note) {
  const seconds = note.querySelector(".toast-action") ? SECONDS_WITH_ACTION : SECONDS[note.dataset.level];
  if (seconds) setTimeout(() => dismiss(note, seconds), seconds * 1000);
}

// A note under the pointer or with the focus stays.
function dismiss(note, seconds) {
  if (note.matches(":hover, :focus-within")) setTimeout(() => dismiss(note, seconds), seconds * 1000);
  else note.remove();
}

for (const note of region.children) expire(note);
region.addEventListener("click", (event) =>
  event.target.closest(".toast-close")?.closest(".toast-note").remove(),
);
// An action runs once: its note is removed with the answer.
region.addEventListener("htmx:after:request", (event) => event.target.closest(".toast-note")?.remove());
document.addEventListener("toast", (event) =>
  show(event.detail.message ?? event.detail.value, event.detail.level, event.detail.action),
);
