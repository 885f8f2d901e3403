// <div class="dropdown"><button popovertarget="id">…</button><div class="dropdown-menu" id="id" popover>…: the browser opens and
// closes it, app.css places it. Here: arrow down opens it too; arrows, Home and End go through it; a press on an item (unless the
// menu has data-stays) and a focus elsewhere close it.
const openMenu = () => document.querySelector(".dropdown-menu:popover-open");
const itemsOf = (menu) =>
  [...menu.querySelectorAll("a[href], :is(button, input, select):enabled")].filter(
    (item) => item.offsetParent,
  );

document.addEventListener("click", ({ target }) => {
  const menu = openMenu();
  if (menu?.contains(target) && !("stays" in menu.dataset) && target.closest("a, button")) menu.hidePopover();
});

document.addEventListener("focusin", ({ target }) => {
  const menu = openMenu();
  if (menu && !menu.parentElement.contains(target)) menu.hidePopover();
});

function move(event, menu) {
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement);
  const last = items.length - 1;
  const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last }[
    event.key
  ];
  if (next === undefined) return;
  event.preventDefault();
  items[next]?.focus();
}

// In the capture phase: the page's own keys (the annotator's, the wall's) do not hear what a menu takes.
document.addEventListener(
  "keydown",
  (event) => {
    const toggle = event.target.closest?.(".dropdown > [popovertarget]");
    const opens = toggle && event.key === "ArrowDown" && !openMenu();
    if (opens) toggle.popoverTargetElement.showPopover({ source: toggle });
    const menu = openMenu();
    if (!menu?.parentElement.contains(event.target)) return;
    if (event.key === "Escape") event.stopPropagation();
    if (!event.target.matches("input:not([type=checkbox]), select, textarea")) move(event, menu);
  },
  true,
);
