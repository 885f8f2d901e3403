// <div data-overlays> … <svg class="overlay"> … </div>: keeps lines and labels over photos at the same size on the screen,
// however large the photo is shown. --unit is how many pixels of the photo one pixel of the page is.
const SHAPES = { masks: "hideMasks", labels: "hideLabels" };
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) scale(target);
});

export function scale(svg) {
  const { width, height } = svg.viewBox.baseVal;
  const shown = Math.min(svg.clientWidth / width, svg.clientHeight / height);
  if (shown) svg.style.setProperty("--unit", String(1 / shown));
}

export function start(container) {
  const observe = () => {
    for (const svg of container.querySelectorAll(".overlay")) observer.observe(svg);
  };
  observe();
  document.addEventListener("htmx:after:swap", observe);
}

// Shows or hides the masks or labels of the page; the pop-up's picture follows the same attributes.
export function toggle(shapes, shown = SHAPES[shapes] in document.body.dataset) {
  if (shown) delete document.body.dataset[SHAPES[shapes]];
  else document.body.dataset[SHAPES[shapes]] = "";
  const box = document.querySelector(`[data-shapes="${shapes}"]`);
  if (box) box.checked = shown;
}
