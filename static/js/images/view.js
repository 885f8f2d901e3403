// A photo with its labels: a row of the list marks its shape, the arrow keys lead to the neighbours, and the strip
// shows the open photo.
function mark(row, on) {
  document.getElementById(row.dataset.shape)?.classList.toggle("marked", on);
}

for (const name of ["pointerover", "pointerout", "focusin", "focusout"]) {
  document.addEventListener(name, ({ type, target }) => {
    const row = target.closest?.("[data-shape]");
    const on = type === "pointerover" || type === "focusin";
    if (row) mark(row, on || row.getAttribute("aria-pressed") === "true");
  });
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-shape]");
  if (!row) return;
  const pressed = row.getAttribute("aria-pressed") !== "true";
  row.setAttribute("aria-pressed", String(pressed));
  mark(row, pressed);
});

document.addEventListener("keydown", (event) => {
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const busy = event.target.closest("input, select, textarea, dialog, .dropdown, .viewer-container");
  if (!rel || busy || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  document.querySelector(`main a[rel=${rel}]`)?.click();
});

function showOpenPhoto() {
  const photo = document.querySelector(".strip [aria-current]");
  const strip = photo?.closest(".strip");
  if (strip) strip.scrollLeft = photo.offsetLeft - (strip.clientWidth - photo.clientWidth) / 2;
}

showOpenPhoto();
document.addEventListener("htmx:after:swap", showOpenPhoto);
