// Precision over recall of each category, by COCO's 101 points.
import {
  apexcharts,
  asHtml,
  boxTitle,
  cell,
  language,
  nonce,
  onTheme,
  themeOptions,
} from "../web/chart_parts.js";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07d00", "#56b4e9", "#9467bd", "#8c564b"];
const DASHES = [0, 6, 3, 9, 2, 12, 4, 8];

export async function start(element) {
  const label = element.dataset;
  const curves = JSON.parse(label.curves);
  const [ApexCharts, locale] = await Promise.all([apexcharts(), language()]);
  const theme = themeOptions("--second-line");
  const file = { filename: label.filename };
  const share = (value) => (value == null ? "" : `${Math.round(value * 100)}%`);
  const chart = new ApexCharts(element, {
    ...theme,
    colors: COLOURS,
    chart: {
      ...theme.chart,
      ...locale,
      type: "line",
      height: 340,
      nonce: nonce(),
      animations: { enabled: false },
      zoom: { enabled: false },
      toolbar: {
        tools: { zoom: false, zoomin: false, zoomout: false, pan: false, reset: false },
        export: { svg: file, png: file, csv: file },
      },
    },
    series: curves.map((curve) => ({
      name: cell(curve.name),
      data: curve.precision.map((value, step) => ({ x: step / 100, y: value })),
    })),
    stroke: { width: 2, curve: "straight", dashArray: DASHES },
    legend: { position: "top", horizontalAlign: "left", showForSingleSeries: true, formatter: asHtml },
    xaxis: {
      type: "numeric",
      min: 0,
      max: 1,
      tickAmount: 5,
      title: { text: label.labelRecall },
      labels: { formatter: share },
      tooltip: { enabled: false },
    },
    yaxis: {
      min: 0,
      max: 1,
      tickAmount: 5,
      title: { text: label.labelPrecision },
      labels: { formatter: share },
    },
    tooltip: {
      ...theme.tooltip,
      shared: true,
      intersect: false,
      x: { formatter: (value) => `${label.labelRecall} ${share(value)}` },
      y: {
        formatter: (value) => (value == null ? "–" : `${(value * 100).toFixed(1)}%`),
        title: boxTitle,
      },
    },
  });
  await chart.render();
  onTheme(element, () =>
    chart.updateOptions({ ...themeOptions("--second-line"), colors: COLOURS }, false, false),
  );
}
