// <div data-overlays> … <svg class="overlay"> … </div>: keeps lines and labels over photos at the same size on the screen,
// however large the photo is shown. --unit is how many pixels of the photo one pixel of the page is.
// Boxes with data-shapes say what is shown: results.css follows them, here names and numbers are moved apart.
// Places that are tried: where the word stands, then beside it and below it.
const PLACES = { ".found-name": { lines: 4, columns: 1 }, ".found-label": { lines: 3, columns: 3 } };
const boxOf = (shapes) => document.querySelector(`[data-shapes="${shapes}"]`);
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) scale(target);
});

export function scale(svg) {
  const { width, height } = svg.viewBox.baseVal;
  const shown = Math.min(svg.clientWidth / width, svg.clientHeight / height);
  if (!shown) return;
  svg.style.setProperty("--unit", String(1 / shown));
  for (const kind of Object.keys(PLACES)) spread(svg, kind);
}

const overlaps = (one, other) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

// Moves names, or numbers, of a photo apart, the surest first. A name that finds no room keeps its number instead; a number
// stays where it is.
function spread(svg, kind) {
  const { lines, columns } = PLACES[kind];
  const words = [...svg.querySelectorAll(`.found:not([hidden]) > ${kind}`)].reverse();
  for (const word of words) {
    delete word.dataset.hidden;
    word.removeAttribute("transform");
  }
  // All are measured before one is moved: each measurement after a change would lay the page out anew.
  const boxes = words.map((word) => word.getBBox());
  const taken = [];
  words.forEach((word, number) => {
    const { x, y, width, height } = boxes[number];
    if (!width) return; // not shown
    const tried = Array.from({ length: lines * columns }, (_, place) => {
      const [dx, dy] = [(place % columns) * width, Math.floor(place / columns) * height];
      return { dx, dy, x: x + dx, y: y + dy, width, height };
    });
    const free = tried.find((place) => !taken.some((other) => overlaps(place, other)));
    if (free) {
      taken.push(free);
      word.setAttribute("transform", `translate(${free.dx} ${free.dy})`);
    } else if (kind === ".found-name") word.dataset.hidden = "";
  });
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
  document.querySelectorAll(".found-overlay").forEach(scale);
}
