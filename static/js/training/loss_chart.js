// Training and validation loss of one run, live while it trains. The server sends at most MOST_POINTS iterations,
// peaks included; a zoomed stretch is fetched again, so close up every iteration is there with its exact value.
import {
  apexcharts,
  language,
  nonce,
  onTheme,
  themeOptions,
  tickAmount,
  wholeLabels,
} from "../web/chart_parts.js";
import { anchorOf, beginnings, linesOf, logAxis, span } from "./loss_lines.js";

const MOST_POINTS = 1500; // SVG lines stay quick up to about this many points
const RELOAD_MS = 10_000; // a long or smoothed curve is not fetched again at every iteration

export async function start(element) {
  const label = element.dataset;
  const block = element.closest(".chart-block");
  const average = block.querySelector("[data-chart-average]");
  const log = block.querySelector("[data-chart-log]");
  let losses = [];
  let sampled = false;
  let best = null;
  let marks = [];
  let range = null; // [first, last] iteration of the zoomed part
  let resetting = false;
  let requests = 0;
  let loaded = 0;
  let chart = null;

  async function fetchLosses(values) {
    const url = new URL(label.url, location.href);
    for (const [name, value] of Object.entries(values)) if (value != null) url.searchParams.set(name, value);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  }

  async function load() {
    requests += 1;
    const request = requests;
    const page = await fetchLosses({
      first: range?.[0],
      last: range?.[1],
      points: MOST_POINTS,
      average: average.value,
    });
    if (!page || request !== requests) return;
    ({ items: losses, sampled, best, marks = [] } = page);
    loaded = Date.now();
    if (chart) await show();
  }

  async function append() {
    if (sampled || average.value !== "1" || losses.length > MOST_POINTS) {
      if (Date.now() - loaded > RELOAD_MS) await load();
      return;
    }
    const page = await fetchLosses({ after: losses.at(-1)?.iteration ?? 0 });
    if (!page) return;
    ({ best, marks = [] } = page);
    losses = losses.concat(page.items);
    await show();
  }

  function series() {
    return linesOf(
      losses,
      [label.labelTraining, label.labelValidation, label.labelFull, label.labelAp],
      log.checked,
    );
  }

  function annotations() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const trainings = beginnings(
      marks,
      losses,
      colour("--line-strong"),
      colour("--ink"),
      colour("--surface"),
    );
    if (!best) return { xaxis: trainings };
    const text = `${label.labelBest} ${best}`;
    const textAnchor = anchorOf(best, losses);
    return {
      xaxis: [
        ...trainings,
        {
          x: best,
          borderColor: colour("--green"),
          label: {
            text,
            textAnchor,
            orientation: "horizontal",
            borderColor: colour("--green"),
            style: { color: colour("--on-strong"), background: colour("--green") },
          },
        },
      ],
    };
  }

  // An axis for each line: the losses share the first one's, AP has its own on the right.
  function axes() {
    const ofLosses = {
      seriesName: label.labelTraining,
      ...(log.checked ? logAxis(series()) : { min: 0, forceNiceScale: true }),
      labels: {
        formatter: (value) =>
          value == null ? "" : value < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2),
      },
    };
    const ofAp = {
      seriesName: label.labelAp,
      opposite: true,
      min: 0,
      max: 100,
      tickAmount: 5,
      title: { text: "AP" },
      labels: { formatter: (value) => (value == null ? "" : value.toFixed(0)) },
    };
    return series().map(({ name }, place) =>
      name === label.labelAp ? ofAp : { ...ofLosses, show: place === 0 },
    );
  }

  function show() {
    return chart.updateOptions(
      {
        series: series(),
        annotations: annotations(),
        yaxis: axes(),
        xaxis: { tickAmount: tickAmount(span(losses)) },
      },
      false,
      false,
    );
  }

  async function draw() {
    chart?.destroy();
    const theme = themeOptions("--second-line");
    chart = new (await apexcharts())(element, {
      ...theme,
      colors: [
        ...theme.colors,
        ...["--amber", "--green"].map((name) =>
          getComputedStyle(document.documentElement).getPropertyValue(name).trim(),
        ),
      ],
      chart: {
        ...theme.chart,
        ...locale,
        type: "line",
        height: 340,
        nonce: nonce(),
        animations: { enabled: false },
        zoom: { type: "x", autoScaleYaxis: true },
        toolbar: {
          tools: { pan: false },
          export: { svg: { filename: label.filename }, png: { filename: label.filename } },
        },
        events: {
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
        },
      },
      series: series(),
      annotations: annotations(),
      // Dashes as well as colour: the lines must differ for the colour-blind.
      stroke: { width: [2, 2, 0, 0], curve: "straight", dashArray: [0, 5, 0, 0] },
      markers: {
        size: [0, 0, ...Array(2).fill(losses.length > 500 ? 3 : 5)],
        shape: ["circle", "circle", "circle", "diamond"],
        strokeWidth: 0,
        hover: { sizeOffset: 2 },
      },
      legend: { position: "bottom", horizontalAlign: "left" },
      noData: { text: label.labelEmpty },
      xaxis: {
        type: "numeric",
        decimalsInFloat: 0,
        tickAmount: tickAmount(span(losses)),
        title: { text: label.labelIteration },
        tooltip: { enabled: false },
        labels: { formatter: wholeLabels },
      },
      yaxis: axes(),
      tooltip: {
        ...theme.tooltip,
        shared: true,
        intersect: false,
        x: { formatter: (value) => `${label.labelIteration} ${Math.round(value)}` },
        y: { formatter: (value) => (value == null ? "–" : String(Number(value.toPrecision(7)))) },
      },
    });
    await chart.render();
  }

  let busy = false;
  let again = null;
  async function update(reload) {
    if (range) return; // a zoomed chart stays still; the new points come when the zoom is reset
    if (busy) {
      again = again || reload;
      return;
    }
    busy = true;
    try {
      await (reload ? load() : append());
    } finally {
      busy = false;
    }
    if (again !== null) {
      const next = again;
      again = null;
      await update(next);
    }
  }

  // Changes that arrive before the chart exists are fetched once it does.
  let missed = false;
  let drawn = false;
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

  const [locale] = await Promise.all([language(), apexcharts(), load()]);
  await draw();
  drawn = true;
  if (missed) update(true);
  average.addEventListener("change", load);
  log.addEventListener("change", () => {
    range = null;
    load().then(draw);
  });
  onTheme(element, draw);
  // The library would save only the points it drew: the server's file has every iteration.
  element.addEventListener(
    "click",
    (event) => {
      if (!label.csv || !event.target.closest(".exportCSV")) return;
      event.stopPropagation();
      const link = document.createElement("a");
      link.href = label.csv;
      link.download = `${label.filename}.csv`;
      link.click();
    },
    true,
  );
}
