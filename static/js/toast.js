// Short notes at the foot of the page. From the server: flash(message, level), or the header
// HX-Trigger: {"toast": {"message": "…", "level": "success"}}. From a script: show(message, level).
const SECONDS = { success: 6, info: 6, warning: 12 }; // an error stays until it is closed
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");

export function show(message, level = "info") {
  const note = template.content.firstElementChild.cloneNode(true);
  note.dataset.level = level;
  note.querySelector(".toast-text").textContent = message;
  region.append(note);
  expire(note);
}

function expire(note) {
  const seconds = SECONDS[note.dataset.level];
  if (seconds) setTimeout(() => dismiss(note, seconds), seconds * 1000);
}

// A note that is being read or pointed at stays.
function dismiss(note, seconds) {
  if (note.matches(":hover, :focus-within")) setTimeout(() => dismiss(note, seconds), seconds * 1000);
  else note.remove();
}

for (const note of region.children) expire(note);
region.addEventListener("click", (event) => event.target.closest(".toast-close")?.closest(".toast-note").remove());
document.addEventListener("toast", (event) => show(event.detail.message ?? event.detail.value, event.detail.level));
