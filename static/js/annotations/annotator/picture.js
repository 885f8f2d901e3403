// How the photo is looked at: zoom, light, contrast, gamma, local contrast, strength and names of the labels, crosshair.
const PLACE = "annotator-view";
const SLIDERS = ["brightness", "contrast", "gamma", "local", "opacity"];
const STEPS = { brightness: 0.1, contrast: 0.1, gamma: 0.1, local: 0.5, opacity: 0.05 };
const TONE = "photo-tone"; // id of the SVG filter

export function addPicture(editor) {
  const { stage, view, element } = editor;
  const sliderOf = (name) => document.getElementById(`adjust-${name}`);

  editor.onAction("zoom-in", () => stage.zoom(1.4));
  editor.onAction("zoom-out", () => stage.zoom(1 / 1.4));
  editor.onAction("fit", () => stage.fit());
  editor.onAction("toggle-labels", () => {
    stage.hidden = !stage.hidden;
    press("toggle-labels", stage.hidden);
    stage.redraw();
  });
  for (const name of SLIDERS) {
    editor.onAction(`${name}-up`, () => slide(name, STEPS[name]));
    editor.onAction(`${name}-down`, () => slide(name, -STEPS[name]));
    sliderOf(name).addEventListener("input", adjust);
  }
  editor.onAction("reset-view", () => {
    for (const name of SLIDERS) sliderOf(name).value = sliderOf(name).defaultValue;
    adjust();
    stage.fit();
  });
  for (const name of ["names", "crosshair", "snap", "strip", "focus"]) {
    editor.onAction(`toggle-${name}`, () => view.flip(name));
  }
  editor.onAction("full-screen", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  });
  view.addEventListener("change", showSwitches);
  restore();
  showSwitches();

  function press(name, on) {
    for (const button of document.querySelectorAll(`button[data-action=${name}]`)) {
      button.setAttribute("aria-pressed", String(on));
    }
  }

  function showSwitches() {
    for (const [name, on] of Object.entries(view.switches)) press(`toggle-${name}`, on);
    if (stage.crosshair) stage.crosshair.hidden = !view.switches.crosshair;
    document.body.classList.toggle("focus-mode", view.switches.focus);
    element.toggleAttribute("data-without-strip", !view.switches.strip);
  }

  function slide(name, step) {
    const slider = sliderOf(name);
    slider.value = Number(slider.value) + step;
    adjust();
  }

  function adjust() {
    const values = Object.fromEntries(SLIDERS.map((name) => [name, Number(sliderOf(name).value)]));
    stage.opacity = values.opacity;
    stage.adjust({ ...values, filter: tone(values) });
    stage.redraw();
    sessionStorage.setItem(PLACE, JSON.stringify(values));
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}");
    for (const [name, value] of Object.entries(kept)) {
      if (sliderOf(name)) sliderOf(name).value = value;
    }
    stage.viewer.addOnceHandler("open", adjust);
  }
}

// Sets the SVG filter; its id, or nothing where the photo is to look as it is. Local contrast is what a pixel differs
// from its surroundings, once more: of dark metal it shows scratches that contrast alone does not.
function tone({ gamma, local }) {
  const filter = document.getElementById(TONE);
  if (!filter || (gamma === 1 && local === 0)) return "";
  for (const channel of filter.querySelectorAll("[data-gamma]")) {
    channel.setAttribute("exponent", String(1 / gamma));
  }
  const sum = filter.querySelector("feComposite");
  sum.setAttribute("k2", String(1 + local));
  sum.setAttribute("k3", String(-local));
  return TONE;
}
