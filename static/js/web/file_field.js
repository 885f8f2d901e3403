// <input type="file" id="f"> <button data-pick-file="#f"> <span data-file-name data-none="…">: the button opens the browser's
// dialog, and the name is shown in the page's language, not in the browser's.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick-file]");
  if (button) document.querySelector(button.dataset.pickFile)?.click();
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches("input[type=file]")) return;
  const place = document.querySelector(`[data-pick-file="#${CSS.escape(target.id)}"] ~ [data-file-name]`);
  if (place) place.textContent = [...target.files].map((file) => file.name).join(", ") || place.dataset.none;
});
