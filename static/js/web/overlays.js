// <div data-overlays> … <svg class="overlay"> … </div>: keeps lines and labels over photos at the same size on the screen,
// however large the photo is shown. --unit is how many pixels of the photo one pixel of the page is.
// Boxes with data-shapes say what is shown: results.css follows them, here names are moved apart.
const PLACES_TRIED = 4; // of a name: where it stands, then one line lower each
const boxOf = (shapes) => document.querySelector(`[data-shapes="${shapes}"]`);
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) scale(target);
});

export function scale(svg) {
  const { width, height } = svg.viewBox.baseVal;
  const shown = Math.min(svg.clientWidth / width, svg.clientHeight / height);
  if (!shown) return;
  svg.style.setProperty("--unit", String(1 / shown));
  if (boxOf("names")?.checked) spread(svg);
}

const overlaps = (one, other) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

// Moves the names of a photo apart, the surest first; one that finds no room keeps its number instead.
function spread(svg) {
  const taken = [];
  for (const name of [...svg.querySelectorAll(".found:not([hidden]) > .found-name")].reverse()) {
    delete name.dataset.hidden;
    name.removeAttribute("transform");
    const box = name.getBBox();
    const lower = Array.from({ length: PLACES_TRIED }, (_, line) => ({
      x: box.x,
      y: box.y + line * box.height,
      width: box.width,
      height: box.height,
    }));
    const free = lower.find((place) => !taken.some((other) => overlaps(place, other)));
    if (free) {
      taken.push(free);
      name.setAttribute("transform", `translate(0 ${free.y - box.y})`);
    } else name.dataset.hidden = "";
  }
}

export function start(container) {
  const observe = () => {
    for (const svg of container.querySelectorAll(".overlay")) observer.observe(svg);
  };
  observe();
  document.addEventListener("htmx:after:swap", observe);
}

// Presses the box of masks, numbers or names.
export function toggle(shapes) {
  boxOf(shapes)?.click();
}

export function spreadShown() {
  if (boxOf("names").checked) document.querySelectorAll(".found-overlay").forEach(spread);
}
