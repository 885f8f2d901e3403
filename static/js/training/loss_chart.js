// Training and validation loss of one run, live while it trains. The server sends at most MOST_POINTS iterations,
// peaks included; a zoomed stretch is fetched again, so close up every iteration is there with its exact value.
import { complete, drawing, tickAmount } from "../web/chart.js";
import { anchorOf, beginnings, linesOf, logAxis, span } from "./loss_lines.js";

const MOST_POINTS = 1500; // SVG lines stay quick up to about this many points
const RELOAD_MS = 10_000; // a long or smoothed curve is not fetched again at every iteration

export async function start(element) {
  const label = element.dataset;
  const { options, axes, best: mark, beginning, names } = JSON.parse(label.lossChart);
  const block = element.closest(".chart-block");
  const average = block.querySelector("[data-chart-average]");
  const log = block.querySelector("[data-chart-log]");
  let losses = [];
  let sampled = false;
  let best = null;
  let marks = []; // where trainings of a cross-validation begin
  let range = null; // [first, last] iteration of the zoomed part
  let resetting = false;
  let requests = 0;
  let loaded = 0;
  let drawn = null;

  async function fetchLosses(values) {
    const url = new URL(label.url, location.href);
    for (const [name, value] of Object.entries(values)) if (value != null) url.searchParams.set(name, value);
    const answer = await fetch(url);
    return answer.ok ? answer.json() : null;
  }

  async function load() {
    requests += 1;
    const request = requests;
    const [first, last] = range ?? [];
    const page = await fetchLosses({ first, last, points: MOST_POINTS, average: average.value });
    if (!page || request !== requests) return;
    ({ items: losses, sampled, best, marks = [] } = page);
    loaded = Date.now();
    await show();
  }

  async function append() {
    if (sampled || average.value !== "1" || losses.length > MOST_POINTS) {
      if (Date.now() - loaded > RELOAD_MS) await load();
      return;
    }
    const page = await fetchLosses({ after: losses.at(-1)?.iteration ?? 0 });
    if (!page) return;
    best = page.best;
    losses = losses.concat(page.items);
    await show();
  }

  // What follows the losses. Each line has an axis: the losses share the first one's, AP has its own.
  function changing() {
    const series = linesOf(losses, names, log.checked);
    const [training, , , ap] = names;
    const ofLosses = { ...axes.loss, seriesName: training, ...(log.checked ? logAxis(series) : {}) };
    const text = `${mark.words} ${best}`;
    const atBest = {
      ...mark.look,
      x: best,
      label: { ...mark.look.label, text, textAnchor: anchorOf(best, losses) },
    };
    return {
      series,
      annotations: { xaxis: [...beginnings(marks, losses, beginning), ...(best ? [atBest] : [])] },
      yaxis: series.map(({ name }, place) =>
        name === ap ? { ...axes.ap, seriesName: ap } : { ...ofLosses, show: place === 0 },
      ),
      xaxis: { tickAmount: tickAmount(span(losses)) },
    };
  }

  const show = () => drawn?.update(complete(changing()));

  const events = {
    // Whole iterations, so that no tick stands between two.
    beforeZoom: (_chart, { xaxis }) => ({
      xaxis: { min: Math.floor(xaxis.min), max: Math.ceil(xaxis.max) },
    }),
    beforeResetZoom() {
      resetting = true;
    },
    zoomed(_chart, { xaxis }) {
      const all = resetting || xaxis.min === undefined || xaxis.max === undefined;
      resetting = false;
      if (all && !range) return;
      range = all ? null : [Math.floor(xaxis.min), Math.ceil(xaxis.max)];
      queueMicrotask(load);
    },
  };

  function wholeChart() {
    const { xaxis, ...now } = changing();
    const size = [0, 0, ...Array(2).fill(losses.length > 500 ? 3 : 5)];
    return {
      ...options,
      ...now,
      chart: { ...options.chart, events },
      markers: { ...options.markers, size },
      xaxis: { ...options.xaxis, ...xaxis },
    };
  }

  // One update at a time; what is signalled meanwhile follows as one.
  let updating = null;
  let again = null; // whether to read everything
  async function update(reload) {
    if (range) return; // a zoomed chart stays still; the new points come when the zoom is reset
    again = again || reload;
    updating ??= (async () => {
      while (again !== null) {
        const everything = again;
        again = null;
        await (everything ? load() : append());
      }
    })().finally(() => (updating = null));
    await updating;
  }

  // Changes that arrive before the chart exists are fetched once it does.
  let missed = false;
  function follow(reload) {
    if (!element.isConnected) return;
    if (drawn) update(reload);
    else missed = true;
  }
  if ("live" in label) {
    // A smaller iteration is that of a resumed run: the losses after its checkpoint are replaced.
    document.addEventListener("run:changed", ({ detail }) =>
      follow(detail?.iteration < (losses.at(-1)?.iteration ?? 0)),
    );
    document.addEventListener("run:ended", () => follow(true));
  }

  await load();
  drawn = await drawing(element, wholeChart);
  if (missed) update(true);
  average.addEventListener("change", load);
  log.addEventListener("change", () => {
    range = null;
    load().then(drawn.draw);
  });
  // The library would save only the points it drew: the server's file has every iteration.
  element.addEventListener(
    "click",
    (event) => {
      if (!label.csv || !event.target.closest(".exportCSV")) return;
      event.stopPropagation();
      Object.assign(document.createElement("a"), { href: label.csv, download: "" }).click();
    },
    true,
  );
}
