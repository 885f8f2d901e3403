// One curve of several runs over each other: validation or training loss.
import {
  apexcharts,
  asHtml,
  boxTitle,
  cell,
  language,
  nonce,
  onTheme,
  themeOptions,
  tickAmount,
  wholeLabels,
} from "../web/chart_parts.js";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07d00", "#56b4e9"];
const DASHES = [0, 6, 3, 9, 2, 12];
const MOST_POINTS = 600;

export async function start(element) {
  const label = element.dataset;
  const runs = JSON.parse(label.runs);
  const block = element.closest(".chart-block");
  const average = block.querySelector("[data-chart-average]");
  const curve = block.querySelector("[data-chart-curve]");
  let lines = [];
  let chart = null;

  async function load() {
    lines = await Promise.all(
      runs.map(async (run) => {
        const url = new URL(run.url, location.href);
        url.searchParams.set("points", MOST_POINTS);
        url.searchParams.set("average", average.value);
        const answer = await fetch(url, { headers: { Accept: "application/json" } });
        return answer.ok ? (await answer.json()).items : [];
      }),
    );
  }

  function series() {
    return runs.map((run, index) => ({
      name: cell(run.name),
      data: lines[index].map((loss) => ({ x: loss.iteration, y: loss[curve.value] })),
    }));
  }

  const span = () =>
    Math.max(1, ...lines.map((line) => (line.at(-1)?.iteration ?? 1) - (line[0]?.iteration ?? 0)));

  async function draw() {
    chart?.destroy();
    const theme = themeOptions("--second-line");
    chart = new (await apexcharts())(element, {
      ...theme,
      colors: COLOURS,
      chart: {
        ...theme.chart,
        ...locale,
        type: "line",
        height: 340,
        nonce: nonce(),
        animations: { enabled: false },
        zoom: { type: "x", autoScaleYaxis: true },
        toolbar: { tools: { pan: false } },
      },
      series: series(),
      stroke: { width: 2, curve: "straight", dashArray: DASHES },
      legend: { position: "top", horizontalAlign: "left", showForSingleSeries: true, formatter: asHtml },
      noData: { text: label.labelEmpty },
      xaxis: {
        type: "numeric",
        decimalsInFloat: 0,
        tickAmount: tickAmount(span()),
        title: { text: label.labelIteration },
        tooltip: { enabled: false },
        labels: { formatter: wholeLabels },
      },
      yaxis: {
        min: 0,
        forceNiceScale: true,
        labels: { formatter: (value) => (value == null ? "" : value.toFixed(2)) },
      },
      // Runs have other iterations: the value under the pointer belongs to one line.
      tooltip: {
        ...theme.tooltip,
        shared: false,
        intersect: false,
        x: { formatter: (value) => `${label.labelIteration} ${Math.round(value)}` },
        y: {
          formatter: (value) => (value == null ? "–" : String(Number(value.toPrecision(7)))),
          title: boxTitle,
        },
      },
    });
    await chart.render();
  }

  const [locale] = await Promise.all([language(), apexcharts(), load()]);
  await draw();
  curve.addEventListener("change", draw);
  average.addEventListener("change", () => load().then(draw));
  onTheme(element, draw);
}
