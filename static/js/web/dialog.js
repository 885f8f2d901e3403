// <button data-dialog="id"> opens the native <dialog id>; data-dialog-close inside closes it.
// The server closes it after a good answer with the header HX-Trigger: close-dialog.
function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  document.dispatchEvent(new Event("dialog:opened"));
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) open(opener.dataset.dialog);
  else if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
  else if (event.target.matches("dialog.dialog[open]")) closeOutside(event);
});

// A press beside the dialog lands on the dialog element itself, outside its box.
function closeOutside(event) {
  const box = event.target.getBoundingClientRect();
  const inside =
    event.clientX >= box.left &&
    event.clientX <= box.right &&
    event.clientY >= box.top &&
    event.clientY <= box.bottom;
  if (!inside && event.clientX) event.target.close();
}

document.addEventListener("close-dialog", () => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
});

// The focus goes to the field that was refused.
document.addEventListener("htmx:after:swap", () =>
  document.querySelector("dialog[open] [aria-invalid]")?.focus(),
);
