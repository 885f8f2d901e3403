// The wall of photos: their size, whether labels are drawn on them, the keys. Sizes and outlines are kept in cookies, so that the
// server draws the page as it is to look, and nothing jumps.
const ONE_YEAR = 365 * 24 * 3600;

function keep(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${ONE_YEAR}; samesite=lax`;
}

// The place to which a key leads in a grid of ``columns``; none at its edges.
export function placeAfter(key, place, columns, count) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  const ends = { Home: 0, End: count - 1 };
  const next = key in ends ? ends[key] : place + step;
  return next >= 0 && next < count ? next : null;
}

function columnsOf(items) {
  const top = items[0]?.offsetTop;
  const second = items.findIndex((item) => item.offsetTop !== top);
  return second < 0 ? items.length : second;
}

const focusable = (item) => item.querySelector("a.photo") ?? item.querySelector(".photo-tick");

function startKeys(grid) {
  grid.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const items = [...grid.children];
    const item = event.target.closest("li");
    const tick = item?.querySelector(".photo-tick");
    if (event.key === " " && tick && event.target !== tick) {
      event.preventDefault();
      tick.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: event.shiftKey }));
      return;
    }
    if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) return;
    const next = placeAfter(event.key, items.indexOf(item), columnsOf(items), items.length);
    event.preventDefault();
    if (next === null) return;
    if (event.shiftKey && tick) {
      if (!tick.checked) tick.click();
      const other = items[next].querySelector(".photo-tick");
      if (other && !other.checked) {
        other.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
      }
    }
    focusable(items[next])?.focus();
  });
}

export function start(grid) {
  startKeys(grid);
  const gallery = grid.closest("#gallery");
  const slider = gallery.querySelector("[data-thumbnail-size]");
  slider?.addEventListener("input", () => {
    grid.dataset.size = slider.value;
    keep("thumbnail_size", slider.value);
  });
  // The first press fetches them (images/_grid.html).
  const outlines = gallery.querySelector("#show-outlines");
  outlines?.addEventListener("click", () => {
    const shown = outlines.getAttribute("aria-pressed") !== "true";
    outlines.setAttribute("aria-pressed", String(shown));
    grid.toggleAttribute("data-with-outlines", shown);
    keep("thumbnail_labels", shown ? 1 : 0);
  });
}
