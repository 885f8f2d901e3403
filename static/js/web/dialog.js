// <button data-dialog="id"> opens the native <dialog id closedby="any">; data-dialog-close inside closes it.
// The server closes it after a good answer with the header HX-Trigger: close-dialog.
document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  else if (target.closest("[data-dialog-close]")) target.closest("dialog").close();
});

document.addEventListener("close-dialog", () => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
});

// The focus goes to the field that was refused.
document.addEventListener("htmx:after:swap", () =>
  document.querySelector("dialog[open] [aria-invalid]")?.focus(),
);
