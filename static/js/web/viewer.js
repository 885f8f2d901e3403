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
function name(popup, words) {
  for (const [button, label] of Object.entries(words)) {
    for (const element of popup.querySelectorAll(`.viewer-${button}`)) {
      element.title = label;
      element.setAttribute("aria-label", label);
    }
  }
  // Its list is a row of buttons.
  popup.querySelector(".viewer-toolbar ul")?.setAttribute("role", "toolbar");
}

// Lays a copy of the overlay over the picture of the pop-up, and moves it along.
function follow(list, overlays) {
  let shown = null;
  function place() {
    if (!shown) return;
    const { width, height, marginLeft, marginTop } = list.viewer.image.style;
    Object.assign(shown.style, { width, height, marginLeft, marginTop });
    scale(shown);
  }
  return {
    viewed({ detail: { index } }) {
      shown?.remove();
      shown = overlays[index]?.cloneNode(true);
      if (shown) list.viewer.canvas.append(shown);
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
      ...(drawn ? follow(list, overlays) : {}),
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
        name(viewer.viewer, JSON.parse(container.dataset.buttons));
      },
      hidden() {
        document.removeEventListener("keydown", zoomByKey, true);
        viewer.destroy();
        picked.focus();
      },
    });
    viewer.show();
  });
}
