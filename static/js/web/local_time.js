// <time datetime="2026-11-30T20:15:00+00:00" data-local>…</time> in the reader's time zone. Without scripts it says UTC.
const two = (number) => String(number).padStart(2, "0");

// «2026-11-30 21:15», in the zone of the browser.
export function written(date) {
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function show(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const date = new Date(time.dateTime);
    if (!Number.isNaN(date.getTime())) time.textContent = written(date);
  }
}

show(document);
document.addEventListener("htmx:after:swap", () => show(document));
