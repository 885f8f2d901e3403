// Training and validation loss of one run, live while it trains, as webapp/training/pages/loss_chart.py has them: at most
// MOST_POINTS iterations, peaks included; a zoomed stretch is fetched again, so close up every iteration is there with its exact value.
import { drawing } from "../web/chart.js";

const MOST_POINTS = 1500; // SVG lines stay quick up to about this many points
const RELOAD_MS = 10_000; // a long or smoothed curve is not fetched again at every iteration

export async function start(element) {
  const { url, csv, live } = element.dataset;
  const options = JSON.parse(element.dataset.lossChart);
  const block = element.closest(".chart-block");
  const average = block.querySelector("[data-chart-average]");
  const log = block.querySelector("[data-chart-log]");
  let losses = { chart: { series: [] }, iteration: 0 }; // options, the last iteration, and whether they are «sampled»
  let range = null; // {first, last} iteration of the zoomed part
  let resetting = false;
  let requests = 0;
  let loaded = 0;
  let drawn = null;

  async function fetchLosses(values) {
    const answer = await fetch(`${url}?${new URLSearchParams(values)}`);
    return answer.ok ? answer.json() : null;
  }

  async function show(page) {
    losses = page;
    await drawn?.update(losses.chart);
  }

  async function load() {
    requests += 1;
    const request = requests;
    const scale = log.checked ? { log: true } : {};
    const page = await fetchLosses({ points: MOST_POINTS, average: average.value, ...scale, ...range });
    if (!page || request !== requests) return;
    loaded = Date.now();
    await show(page);
  }

  async function append() {
    const { series } = losses.chart;
    if (losses.sampled || average.value !== "1" || series[0]?.data.length > MOST_POINTS) {
      if (Date.now() - loaded > RELOAD_MS) await load();
      return;
    }
    if (log.checked) return load(); // every point may change the axis
    const page = await fetchLosses({ after: losses.iteration });
    if (!page) return;
    const begins = ([name, points]) =>
      !series.some((line) => line.name === name) && points.some(({ y }) => y !== null);
    if (Object.entries(page.points).some(begins)) return load();
    const longer = series.map(({ name, data }) => ({ name, data: data.concat(page.points[name]) }));
    await show({ ...losses, ...page, chart: { ...losses.chart, ...page.chart, series: longer } });
  }

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
      range = all ? null : { first: Math.floor(xaxis.min), last: Math.ceil(xaxis.max) };
      queueMicrotask(load);
    },
  };

  // One update at a time; what is signalled meanwhile, or before the chart exists, follows as one.
  let updating = false;
  let wanted = null; // whether to read everything
  async function follow(everything) {
    // A zoomed chart stays still; the new points come when the zoom is reset.
    if (!element.isConnected || range) return;
    wanted = wanted || everything;
    if (!drawn || updating) return;
    updating = true;
    try {
      while (wanted !== null) {
        const all = wanted;
        wanted = null;
        await (all ? load() : append());
      }
    } finally {
      updating = false;
    }
  }
  if (live !== undefined) {
    // A smaller iteration is that of a resumed run: the losses after its checkpoint are replaced.
    document.addEventListener("run:changed", ({ detail }) => follow(detail?.iteration < losses.iteration));
    document.addEventListener("run:ended", () => follow(true));
  }

  await load();
  drawn = await drawing(element, () => {
    const { merge } = window.ApexCharts;
    return merge(merge(options, losses.chart), { chart: { events } });
  });
  if (wanted !== null) follow(true);
  average.addEventListener("change", load);
  log.addEventListener("change", () => {
    range = null;
    load().then(drawn.draw);
  });
  // The library would save only the points it drew: the server's file has every iteration.
  element.addEventListener(
    "click",
    (event) => {
      if (!csv || !event.target.closest(".exportCSV")) return;
      event.stopPropagation();
      Object.assign(document.createElement("a"), { href: csv, download: "" }).click();
    },
    true,
  );
}
