// <div data-viewer> … <button data-full="big.jpg"><img src="thumb.jpg" alt="…"></button> … </div>:
// a click opens the picture in a pop-up to zoom and drag, with the neighbours one key away. An <svg class="overlay"> in or
// beside the button lies over the large picture too.
import { scale, toggle } from "./overlays.js";

async function viewerjs() {
  if (!window.Viewer) {
    const href = new URL("../../vendor/viewerjs/viewer.min.css", import.meta.url);
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }
  await import("../../vendor/viewerjs/viewer.min.js");
  return window.Viewer;
}

// The library's buttons have no words: these come from data-buttons, see ui.viewer_labels().
function name(popup, { buttons, labelMasks, labelLabels }) {
  const words = JSON.parse(buttons);
  const say = (button, label) => {
    if (!button || !label) return;
    button.title = label;
    button.setAttribute("aria-label", label);
  };
  say(popup.querySelector(".viewer-masks"), labelMasks);
  say(popup.querySelector(".viewer-labels"), labelLabels);
  // Its list is a row of buttons.
  popup.querySelector(".viewer-toolbar ul")?.setAttribute("role", "toolbar");
  for (const button of popup.querySelectorAll("[data-viewer-action][role=button]")) {
    say(button, words[button.dataset.viewerAction]);
  }
}

// Lays a copy of the overlay over the picture of the pop-up, and moves it along.
function follow(viewer, overlays) {
  let shown = null;
  function place() {
    const { width, height, marginLeft, marginTop } = viewer.image.style;
    if (!shown) return;
    Object.assign(shown.style, { width, height, marginLeft, marginTop });
    scale(shown);
  }
  return {
    viewed({ detail: { index } }) {
      shown?.remove();
      shown = overlays[index]?.cloneNode(true);
      if (shown) viewer.canvas.append(shown);
      place();
    },
    moved: place,
    zoomed: place,
  };
}

export function start(container) {
  const reduced = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  container.addEventListener("click", async (event) => {
    const picked = event.target.closest("[data-full]");
    if (!picked) return;
    event.preventDefault();
    const Viewer = await viewerjs();
    const pictures = [...container.querySelectorAll("[data-full]")];
    // A list outside the page: what htmx swaps in the gallery meanwhile does not disturb the pop-up.
    const list = document.createElement("div");
    for (const one of pictures) {
      const image = document.createElement("img");
      image.dataset.full = one.dataset.full;
      image.alt = one.dataset.caption ?? one.querySelector("img")?.alt ?? "";
      list.append(image);
    }
    const overlays = pictures.map(
      (one) => one.querySelector(".overlay") ?? one.parentElement.querySelector(":scope > .overlay"),
    );
    const drawn = overlays.some(Boolean);
    const onOverlay = {
      viewed: (shown) => followed.viewed(shown),
      moved: () => followed.moved(),
      zoomed: () => followed.zoomed(),
    };
    const shapes =
      "viewerShapes" in container.dataset
        ? Object.fromEntries(["masks", "labels"].map((one) => [one, { show: 1, click: () => toggle(one) }]))
        : {};
    // Without transitions the overlay never lags behind the picture.
    // Viewer.js 1.15 zooms by key to a wrong place: it reads pointer coordinates from the key event.
    const zoomByKey = (press) => {
      const step = { ArrowUp: 0.1, ArrowDown: -0.1 }[press.key];
      if (!step) return;
      press.preventDefault();
      press.stopImmediatePropagation();
      viewer.actionEvent = null;
      viewer.zoom(step, true);
    };
    document.addEventListener("keydown", zoomByKey, true);
    const viewer = new Viewer(list, {
      url: "data-full",
      initialViewIndex: pictures.indexOf(picked),
      navbar: false,
      transition: !reduced && !drawn,
      ...(drawn ? onOverlay : {}),
      title: [1, (image) => image.alt],
      toolbar: {
        zoomIn: 1,
        zoomOut: 1,
        oneToOne: 1,
        reset: 1,
        prev: pictures.length > 1,
        next: pictures.length > 1,
        ...shapes,
      },
      ready() {
        name(viewer.viewer, container.dataset);
      },
      hidden() {
        document.removeEventListener("keydown", zoomByKey, true);
        viewer.destroy();
        picked.focus();
      },
    });
    const followed = follow(viewer, overlays);
    viewer.show();
  });
}
