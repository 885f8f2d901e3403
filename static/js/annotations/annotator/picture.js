// How the photo is looked at: zoom, light, contrast, gamma, local contrast, strength and names of the labels, crosshair.
// A slider has a key for a step up and one down, and stays as it is from photo to photo; so does the width of the brush.
const PLACE = "annotator-sliders";

const valueOf = (name) => Number(document.querySelector(`[data-slider=${name}]`)?.value);

// Of brush, eraser and line, in pixels of the photo.
export const width = () => valueOf("width");

export function addPicture(editor) {
  const { stage, view, element } = editor;
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}");

  editor.onAction("zoom-in", () => stage.zoom(1.4));
  editor.onAction("zoom-out", () => stage.zoom(1 / 1.4));
  editor.onAction("fit", () => stage.fit());
  editor.onAction("toggle-labels", () => {
    stage.hidden = !stage.hidden;
    editor.setPressed("toggle-labels", stage.hidden);
    stage.redraw();
  });
  for (const slider of document.querySelectorAll("[data-slider]")) addSlider(slider);
  editor.onAction("reset-view", () => {
    for (const slider of document.querySelectorAll(".adjust [data-slider]")) set(slider, slider.defaultValue);
    stage.fit();
  });
  for (const name of Object.keys(view.switches)) editor.onAction(`toggle-${name}`, () => view.flip(name));
  editor.onAction("full-screen", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  });
  view.addEventListener("change", showSwitches);
  showSwitches();
  stage.viewer.addOnceHandler("open", adjust);

  // A step is «by», or as large a «share» of the value if that is more.
  function addSlider(slider) {
    const { slider: name, by, share = 0 } = slider.dataset;
    const step = () => Math.max(by, Math.round(share * slider.value));
    slider.value = kept[name] ?? slider.value;
    editor.onAction(`${name}-up`, () => set(slider, Number(slider.value) + step()));
    editor.onAction(`${name}-down`, () => set(slider, Number(slider.value) - step()));
    slider.addEventListener("input", () => {
      kept[name] = slider.value;
      sessionStorage.setItem(PLACE, JSON.stringify(kept));
      adjust();
      editor.tool.show?.();
    });
  }

  function set(slider, value) {
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
  }

  function showSwitches() {
    for (const [name, on] of Object.entries(view.switches)) editor.setPressed(`toggle-${name}`, on);
    stage.crosshair.hidden = !view.switches.crosshair;
    document.body.classList.toggle("focus-mode", view.switches.focus);
    element.toggleAttribute("data-without-strip", !view.switches.strip);
  }

  // As it is the photo gets no filter: even one that changes nothing is computed in every frame of a pan. Local contrast
  // is what a pixel differs from its surroundings, once more: of dark metal it shows scratches that contrast alone does not.
  function adjust() {
    const [brightness, contrast] = [valueOf("brightness"), valueOf("contrast")];
    const [gamma, local] = [valueOf("gamma"), valueOf("local")];
    const filter = document.getElementById("photo-tone");
    for (const channel of filter.querySelectorAll("[data-gamma]")) {
      channel.setAttribute("exponent", 1 / gamma);
    }
    const sum = filter.querySelector("feComposite");
    sum.setAttribute("k2", 1 + local);
    sum.setAttribute("k3", -local);
    const parts = [
      brightness === 1 && contrast === 1 ? "" : `brightness(${brightness}) contrast(${contrast})`,
      gamma === 1 && local === 0 ? "" : "url(#photo-tone)",
    ];
    stage.viewer.drawer.canvas.style.filter = parts.filter(Boolean).join(" ");
    stage.opacity = valueOf("opacity");
    stage.redraw();
    for (const output of document.querySelectorAll("[data-tool-width]")) output.textContent = `${width()} px`;
  }
}
