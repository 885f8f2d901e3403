// Training and validation loss of one run, live while it trains.
import { apexcharts, download, language, nonce, onTheme, themeOptions } from "./chart_parts.js";

const MOST_POINTS = 1500; // SVG lines stay quick up to about this many points; zooming in draws the rest

export async function start(element) {
  const label = element.dataset;
  let losses = [];
  let range = null; // [first, last] iteration of the zoomed part
  let chart = null;

  async function fetchNew(after) {
    let cursor = after;
    let items = [];
    do {
      const url = new URL(label.url, location.href);
      if (cursor) url.searchParams.set("after", cursor);
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const page = await answer.json();
      items = items.concat(page.items);
      cursor = page.next_cursor === null ? null : page.items.at(-1)?.iteration;
    } while (cursor);
    // A resumed run goes on from its checkpoint: what came after that is told anew.
    const first = items[0]?.iteration ?? Infinity;
    losses = losses.filter((loss) => loss.iteration < first).concat(items);
  }

  function series() {
    const [first, last] = range ?? [-Infinity, Infinity];
    const seen = losses.filter((loss) => loss.iteration >= first && loss.iteration <= last);
    const every = Math.ceil(seen.length / MOST_POINTS) || 1;
    const drawn = seen.filter((_, index) => index % every === 0 || index === seen.length - 1);
    const line = (name, key) => ({ name, data: drawn.map((loss) => ({ x: loss.iteration, y: loss[key] })) });
    return [line(label.labelTraining, "training_loss"), line(label.labelValidation, "validation_loss")];
  }

  // Fewer points than ticks would write the same iteration under several of them.
  function ticks() {
    return Math.max(1, Math.min(8, losses.length - 1));
  }

  function csv() {
    const cell = (value) => value ?? "";
    const head = [label.labelIteration, label.labelTraining, label.labelValidation, label.labelRate, label.labelSeconds];
    const rows = losses.map((loss) =>
      [loss.iteration, loss.training_loss, loss.validation_loss, loss.learning_rate, loss.seconds].map(cell));
    // The mark at the front makes spreadsheets read it as UTF-8.
    return "\uFEFF" + [head, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
  }

  let busy = false;
  let again = false;
  async function update(reload) {
    if (busy) { again = again || reload || "append"; return; }
    busy = true;
    try {
      await fetchNew(reload === true ? 0 : losses.at(-1)?.iteration ?? 0);
      // Someone looking closely is not disturbed: the new points come with the way back out.
      if (!range) await chart.updateOptions({ series: series(), xaxis: { tickAmount: ticks() } }, false, false);
    } finally {
      busy = false;
    }
    if (again) { const next = again; again = false; await update(next); }
  }

  const [ApexCharts, locale] = await Promise.all([apexcharts(), language(), fetchNew(0)]);
  const theme = themeOptions("--second-line");
  chart = new ApexCharts(element, {
    ...theme,
    chart: {
      ...theme.chart, ...locale, type: "line", height: 340, nonce: nonce(), animations: { enabled: false },
      zoom: { type: "x", autoScaleYaxis: true },
      toolbar: { tools: { pan: false }, export: { svg: { filename: label.filename }, png: { filename: label.filename } } },
      events: {
        zoomed(_chart, { xaxis }) {
          const zoomed = xaxis.min !== undefined && xaxis.max !== undefined;
          const before = range;
          range = zoomed ? [xaxis.min, xaxis.max] : null;
          if (!zoomed && before) queueMicrotask(() => chart.updateSeries(series(), false));
        },
      },
    },
    series: series(),
    // The second line is told apart by its dashes too, not by colour alone.
    stroke: { width: 2, curve: "straight", dashArray: [0, 5] },
    markers: { size: 0, hover: { size: 4 } },
    legend: { position: "top", horizontalAlign: "left" },
    noData: { text: label.labelEmpty },
    xaxis: {
      type: "numeric", decimalsInFloat: 0, tickAmount: ticks(), title: { text: label.labelIteration }, tooltip: { enabled: false },
      labels: { formatter: (value) => String(Math.round(value)) },
    },
    yaxis: { min: 0, forceNiceScale: true, labels: { formatter: (value) => (value == null ? "" : value.toFixed(2)) } },
    tooltip: {
      ...theme.tooltip, shared: true, intersect: false,
      x: { formatter: (value) => `${label.labelIteration} ${Math.round(value)}` },
      y: { formatter: (value) => (value == null ? "–" : String(Number(value.toPrecision(7)))) },
    },
  });
  await chart.render();

  onTheme(element, () => chart.updateOptions(themeOptions("--second-line"), false, false));
  // The library would save only the points it drew: the file gets every iteration.
  element.addEventListener("click", (event) => {
    if (!event.target.closest(".exportCSV")) return;
    event.stopPropagation();
    download(`${label.filename}.csv`, csv(), "text/csv;charset=utf-8");
  }, true);
  if ("live" in label) {
    document.addEventListener("run:changed", ({ detail }) => {
      if (element.isConnected) update(detail?.iteration < (losses.at(-1)?.iteration ?? 0));
    });
    document.addEventListener("run:ended", () => element.isConnected && update(true));
  }
}
