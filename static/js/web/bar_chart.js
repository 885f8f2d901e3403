// Counts as bars: one or several series over categories. data-horizontal lays the bars down and stacks the series.
import {
  apexcharts,
  asHtml,
  boxTitle,
  cell,
  csvNames,
  language,
  nonce,
  onTheme,
  themeOptions,
} from "./chart_parts.js";

const COLOURS = ["--second-bar", "--third-bar"];
const MANY = Array.from({ length: 8 }, (_item, index) => `--series-${index + 1}`);
const BAR_HEIGHT = 30;
const AROUND = 110; // the legend and the axis

export async function start(element) {
  const label = element.dataset;
  const { categories, series } = JSON.parse(label.bars);
  const [ApexCharts, locale] = await Promise.all([apexcharts(), language()]);
  const horizontal = label.horizontal !== undefined;
  const theme = themeOptions(...(series.length > 3 ? MANY : COLOURS));
  if (series.length > 3) theme.colors.shift(); // the accent is like the first of them
  const written = (value) => (value == null ? "" : Number(value).toLocaleString());
  const file = { filename: label.filename };
  const names = { labels: { maxWidth: 240 } };
  const counts = { labels: { formatter: written } };
  const chart = new ApexCharts(element, {
    ...theme,
    chart: {
      ...theme.chart,
      ...locale,
      type: "bar",
      stacked: horizontal || label.stacked !== undefined,
      height: horizontal ? categories.length * BAR_HEIGHT + AROUND : 340,
      nonce: nonce(),
      animations: { enabled: false },
      zoom: { enabled: false },
      toolbar: {
        tools: { zoom: false, zoomin: false, zoomout: false, pan: false, reset: false },
        export: { svg: file, png: file, csv: { ...file, ...csvNames, headerCategory: label.labelCategory } },
      },
    },
    series: series.map((one) => ({ ...one, name: cell(one.name) })),
    plotOptions: {
      bar: {
        horizontal,
        columnWidth: "70%",
        barHeight: "65%",
        borderRadius: 2,
        borderRadiusApplication: "end",
        dataLabels: { position: "top" },
      },
    },
    stroke: { show: true, width: 1, colors: [theme.chart.background] },
    dataLabels: {
      enabled: !horizontal && label.stacked === undefined,
      formatter: written,
      offsetY: -20,
      style: { colors: [theme.chart.foreColor] },
    },
    legend: { position: "top", horizontalAlign: "left", show: series.length > 1, formatter: asHtml },
    xaxis: {
      categories,
      ...(horizontal ? counts : { tooltip: { enabled: false } }),
      title: { text: label.labelX },
    },
    yaxis: horizontal ? names : counts,
    tooltip: {
      ...theme.tooltip,
      shared: true,
      intersect: false,
      x: { formatter: asHtml },
      y: { formatter: written, title: boxTitle },
    },
  });
  await chart.render();
  onTheme(element, () => {
    const now = themeOptions(...COLOURS);
    chart.updateOptions(
      {
        ...now,
        stroke: { colors: [now.chart.background] },
        dataLabels: { style: { colors: [now.chart.foreColor] } },
      },
      false,
      false,
    );
  });
}
