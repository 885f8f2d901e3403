// <section data-samples='[{"iteration": 20, "words": "…", "urls": […]}]'>: a slider shows the same photos after earlier iterations. Left at its
// end it follows the training; elsewhere it stays where it was put while new pictures arrive.
let pinned = null; // an iteration; null follows the newest

function show(section) {
  const steps = JSON.parse(section.dataset.samples);
  const slider = section.querySelector("[data-sample-step]");
  const found = steps.findIndex((step) => step.iteration === pinned);
  const place = found < 0 ? steps.length - 1 : found;
  if (slider) {
    slider.max = steps.length - 1;
    slider.value = place;
  }
  section.querySelector("[data-sample-words]").textContent = steps[place].words;
  section.querySelectorAll(".samples img").forEach((picture, number) => {
    const url = steps[place].urls[number];
    if (url && picture.getAttribute("src") !== url) picture.src = url;
  });
}

export function start(section) {
  section.addEventListener("input", ({ target: slider }) => {
    const steps = JSON.parse(section.dataset.samples);
    pinned = slider.value === slider.max ? null : steps[slider.value].iteration;
    show(section);
  });
  document.addEventListener("htmx:after:swap", () => {
    if (section.isConnected && section.dataset.samples) show(section);
  });
}
