// <time datetime="2026-11-30T20:15:00+00:00" data-local>…</time> in the reader's time zone (data-time-zone of the page, else the
// browser's); data-local="day": the day alone; "seconds": with them. Without scripts it says UTC. «2 hours ago» gets the moment as its title.
const two = (number) => String(number).padStart(2, "0");

function parts(date, zone) {
  if (!zone) {
    const clock = [date.getHours(), date.getMinutes(), date.getSeconds()];
    return [date.getFullYear(), date.getMonth() + 1, date.getDate(), ...clock];
  }
  const names = ["year", "month", "day", "hour", "minute", "second"];
  const numbers = Object.fromEntries(names.map((name) => [name, "numeric"]));
  const format = new Intl.DateTimeFormat("en-GB", { ...numbers, hourCycle: "h23", timeZone: zone });
  const found = Object.fromEntries(
    format.formatToParts(date).map(({ type, value }) => [type, Number(value)]),
  );
  return names.map((name) => found[name]);
}

// «2026-11-30 21:15»; as ``form`` says «2026-11-30» (day) or with seconds. Without a zone in that of the browser.
export function written(date, zone = "", form = "") {
  const [year, month, day, ...clock] = parts(date, zone);
  const words = [year, two(month), two(day)].join("-");
  return form === "day"
    ? words
    : `${words} ${clock
        .slice(0, form === "seconds" ? 3 : 2)
        .map(two)
        .join(":")}`;
}

export function show(root) {
  const zone = document.documentElement.dataset.timeZone;
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const words = written(date, zone, time.dataset.local);
    if ("local" in time.dataset) time.textContent = words;
    else time.title = words;
  }
}

if (globalThis.document) {
  show(document);
  document.addEventListener("htmx:after:swap", () => show(document));
}
