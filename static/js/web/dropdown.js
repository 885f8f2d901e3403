// <div class="dropdown"><button data-bs-toggle="dropdown" aria-expanded="false">…</button><div class="dropdown-menu">…: opens by a
// press, Enter or arrow down; arrows, Home and End go through it; Escape and a press beside it close it. The names are Bootstrap's.
const TOGGLE = '[data-bs-toggle="dropdown"]';
const EDGE = 8; // px that stay free between the menu and the window's edge

const menuOf = (toggle) => toggle.parentElement.querySelector(".dropdown-menu");
const openToggle = () => document.querySelector(`${TOGGLE}[aria-expanded="true"]`);
const itemsOf = (menu) =>
  [...menu.querySelectorAll("a[href], button, input, select")].filter(
    (item) => item.offsetParent && !item.disabled,
  );

function place(menu) {
  menu.classList.remove("dropdown-menu-up", "dropdown-menu-back");
  const { left, right, bottom, top } = menu.getBoundingClientRect();
  const room = document.documentElement;
  menu.classList.toggle("dropdown-menu-up", bottom > room.clientHeight - EDGE && top > menu.offsetHeight);
  menu.classList.toggle("dropdown-menu-back", right > room.clientWidth - EDGE || left < EDGE);
}

function show(toggle) {
  hide(openToggle());
  const menu = menuOf(toggle);
  toggle.setAttribute("aria-expanded", "true");
  menu.classList.add("show");
  place(menu);
}

function hide(toggle) {
  if (!toggle) return;
  toggle.setAttribute("aria-expanded", "false");
  menuOf(toggle).classList.remove("show");
}

document.addEventListener("click", ({ target }) => {
  const open = openToggle();
  const toggle = target.closest?.(TOGGLE);
  const within = open && menuOf(open).contains(target);
  if (toggle) (toggle === open ? hide : show)(toggle);
  else if (!within || (open.dataset.bsAutoClose !== "outside" && target.closest("a, button"))) hide(open);
});

document.addEventListener("focusin", ({ target }) => {
  const open = openToggle();
  if (open && !open.parentElement.contains(target)) hide(open);
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
    const open = openToggle();
    const closed = event.key === "ArrowDown" && event.target.closest?.(TOGGLE);
    if (closed && closed !== open) show(closed);
    else if (!open || !open.parentElement.contains(event.target)) return;
    const menu = menuOf(openToggle());
    if (event.key === "Escape") {
      hide(open);
      open.focus();
      event.preventDefault();
      event.stopPropagation();
    } else if (!event.target.matches("input:not([type=checkbox]), select, textarea")) move(event, menu);
  },
  true,
);
