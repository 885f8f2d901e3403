// The form of ticked photos in the gallery; its boxes stand in the grid. Ticks a page, a range with Shift, shows how
// many are ticked, and keeps the ticks when htmx replaces the gallery and when another page of it is opened.
const KEPT = "ticked-photos";
let lastMode = "tick";

// The items from one to the other, in either direction; none where one of them is not there.
export function between(items, one, other) {
  const [from, to] = [items.indexOf(one), items.indexOf(other)].sort((a, b) => a - b);
  return from < 0 ? [] : items.slice(from, to + 1);
}

// Of this tab of the browser and this gallery, {gallery, ids}: another gallery begins without ticks.
function keptOf(gallery) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return new Set(kept?.gallery === gallery ? kept.ids : []);
}

export function start(form) {
  const gallery = document.getElementById("gallery");
  const boxes = [...gallery.querySelectorAll("input[name=ids]")];
  const page = gallery.querySelector("[data-pick-page]");
  const all = form.querySelector("input[name=all]");
  const count = form.querySelector("[data-count]");
  const elsewhere = form.querySelector("[data-elsewhere]");
  const name = `${location.pathname} ${form.querySelector("[name=split]")?.value}`;
  const kept = keptOf(name);
  let last = null;

  // Those of other pages are sent along.
  function showElsewhere() {
    const here = new Set(boxes.map((box) => box.value));
    const others = [...kept].filter((id) => !here.has(id));
    elsewhere.replaceChildren(
      ...others.map((value) =>
        Object.assign(document.createElement("input"), { type: "hidden", name: "ids", value }),
      ),
    );
    form.toggleAttribute("data-some", others.length > 0);
    form.querySelector("[data-elsewhere-count]").textContent = others.length
      ? elsewhere.dataset.words.replace("{n}", others.length)
      : "";
  }

  function show() {
    const ticked = boxes.filter((box) => box.checked);
    for (const box of boxes) kept[box.checked ? "add" : "delete"](box.value);
    sessionStorage.setItem(KEPT, JSON.stringify({ gallery: name, ids: [...kept] }));
    showElsewhere();
    count.textContent = all?.checked ? count.dataset.all : kept.size;
    page.checked = ticked.length === boxes.length;
    page.indeterminate = ticked.length > 0 && !page.checked;
  }

  function tick(which, value) {
    for (const box of which) box.checked = value;
    if (!value && all) all.checked = false;
    show();
  }

  function clear() {
    kept.clear();
    tick(boxes, false);
  }

  gallery.addEventListener("click", (event) => {
    const box = event.target;
    if (box.name !== "ids") return;
    if (event.shiftKey) tick(between(boxes, last, box), box.checked);
    last = box;
  });
  gallery.addEventListener("change", (event) => {
    if (event.target === page) tick(boxes, page.checked);
    else if (event.target === all) tick(boxes, all.checked);
    else if (event.target.name === "ids") tick([event.target], event.target.checked);
  });
  gallery.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && kept.size) clear();
  });
  // Shift and a click would select text.
  gallery.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".photo, .photo-tick")) event.preventDefault();
  });
  form.ownerDocument.querySelector("[data-leave]")?.addEventListener("click", clear);
  // What was done with them is done: the photos are elsewhere now.
  form.addEventListener("htmx:after:request", (event) => {
    const { request, response } = event.detail.ctx ?? {};
    if (request?.method !== "GET" && response?.status < 400) {
      kept.clear();
      sessionStorage.removeItem(KEPT);
    }
  });

  for (const box of boxes) if (kept.has(box.value)) box.checked = true;
  page.closest("label").hidden = false;
  show();
  // The button that had the focus is gone: the focus goes to what replaces it.
  if (form.dataset.mode !== lastMode) {
    const next =
      form.dataset.mode === "delete"
        ? form.querySelector(".pick-count")
        : gallery.querySelector("[data-delete-mode]");
    if (document.activeElement === document.body) next?.focus();
  }
  lastMode = form.dataset.mode;
}
