// <time datetime="2026-11-30T20:15:00+00:00" data-local>…</time> in the reader's time zone (data-time-zone of the page, else the
// browser's); data-local="day": the day alone. Without scripts it says UTC. «2 hours ago» gets the moment as its title.
const two = (number) => String(number).padStart(2, "0");

function parts(date, zone) {
  if (!zone) {
    return [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()];
  }
  const numbers = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" };
  const format = new Intl.DateTimeFormat("en-GB", { ...numbers, hourCycle: "h23", timeZone: zone });
  const found = Object.fromEntries(
    format.formatToParts(date).map(({ type, value }) => [type, Number(value)]),
  );
  return Object.keys(numbers).map((name) => found[name]);
}

// «2026-11-30 21:15», or «2026-11-30»; without a zone in that of the browser.
export function written(date, zone = "", onlyDay = false) {
  const [year, month, day, hour, minute] = parts(date, zone);
  const words = [year, two(month), two(day)].join("-");
  return onlyDay ? words : `${words} ${two(hour)}:${two(minute)}`;
}

export function show(root) {
  const zone = document.documentElement.dataset.timeZone;
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const words = written(date, zone, time.dataset.local === "day");
    if ("local" in time.dataset) time.textContent = words;
    else time.title = words;
  }
}

if (globalThis.document) {
  show(document);
  document.addEventListener("htmx:after:swap", () => show(document));
}
