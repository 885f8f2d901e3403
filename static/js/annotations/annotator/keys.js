// The help sheet is the source of the keys: each of its rows with data-action and data-keys. So no key works that is not
// documented.
export function readKeys(sheet) {
  const actions = new Map();
  for (const row of sheet.querySelectorAll("[data-action][data-keys]")) {
    for (const key of row.dataset.keys.split(" ")) actions.set(key, row.dataset.action);
  }
  return actions;
}

// As data-keys has it: "Ctrl+Shift+z", "ArrowLeft", "Shift+ArrowLeft", "?".
export function nameOf(event) {
  let { key } = event;
  // With a Chinese input method on, the event has no letter, only the position of the key.
  if (key === "Process" || key === "Unidentified") key = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1] ?? key;
  if (key === " ") key = "Space";
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  if (letter) key = key.toLowerCase();
  const shift = event.shiftKey && (letter || key.length > 1) ? "Shift+" : "";
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift}${key}`;
}

const TYPING = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";

// Keys belong to the annotator unless somebody types, a dialog or menu is open, or a button is to be pressed.
export function isForAnother(event, name) {
  const { target } = event;
  if (event.isComposing || document.querySelector("dialog[open], .dropdown-menu:popover-open")) return true;
  if (target.closest?.(TYPING)) return true;
  if (target.closest?.("input[type=range]") && name.includes("Arrow")) return true;
  return Boolean(target.closest?.("a, button, summary, [role=option]")) && ["Enter", "Space"].includes(name);
}
