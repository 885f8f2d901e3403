// <button data-copy="#element" data-copied="…" data-copy-failed="…"> copies the text of an element. Without HTTPS a browser
// gives pages no clipboard: then the text is marked and the old command is tried.
import { show } from "./toast.js";

async function copy(element) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(element.value ?? element.textContent);
      return true;
    } catch {
      // Not allowed here: as without HTTPS.
    }
  }
  element.focus();
  if (element.select) element.select();
  else window.getSelection().selectAllChildren(element);
  return document.execCommand("copy");
}

export function start(button) {
  button.addEventListener("click", async () => {
    const done = await copy(document.querySelector(button.dataset.copy));
    show(done ? button.dataset.copied : button.dataset.copyFailed, done ? "success" : "info");
  });
}
