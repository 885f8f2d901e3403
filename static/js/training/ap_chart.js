// The accuracy: AP and AP50 overall (the first item) and of each category.
import { apexcharts, asHtml, csvNames, language, nonce, onTheme, themeOptions } from "../web/chart_parts.js";

export async function start(element) {
  const label = element.dataset;
  const items = JSON.parse(label.items);
  const [ApexCharts, locale] = await Promise.all([apexcharts(), language()]);
  const theme = themeOptions("--second-bar");
  const written = (value) => (value == null ? "–" : value.toFixed(1));
  const line = (name, key) => ({ name, data: items.map((item) => item[key] ?? null) });
  const names = [
    ["ap", label.labelAp],
    ["ap50", label.labelAp50],
  ].filter(([key]) => items.some((item) => item[key] != null));
  const file = { filename: label.filename };
  const chart = new ApexCharts(element, {
    ...theme,
    chart: {
      ...theme.chart,
      ...locale,
      type: "bar",
      height: 340,
      nonce: nonce(),
      animations: { enabled: false },
      zoom: { enabled: false },
      toolbar: {
        tools: { zoom: false, zoomin: false, zoomout: false, pan: false, reset: false },
        export: { svg: file, png: file, csv: { ...file, ...csvNames, headerCategory: label.labelCategory } },
      },
    },
    series: names.map(([key, name]) => line(name, key)),
    plotOptions: {
      bar: {
        columnWidth: items.length < 4 ? "30%" : "70%",
        borderRadius: 3,
        dataLabels: { position: "top" },
      },
    },
    dataLabels: {
      enabled: items.length <= 8,
      formatter: written,
      offsetY: -20,
      style: { colors: [theme.chart.foreColor] },
    },
    legend: { position: "top", horizontalAlign: "left", showForSingleSeries: true },
    noData: { text: label.labelEmpty },
    xaxis: { categories: items.map((item) => item.name), tooltip: { enabled: false } },
    yaxis: {
      min: 0,
      max: 100,
      tickAmount: 5,
      labels: { formatter: (value) => (value == null ? "" : value.toFixed(0)) },
    },
    tooltip: {
      ...theme.tooltip,
      shared: true,
      intersect: false,
      x: { formatter: asHtml },
      y: { formatter: written },
    },
  });
  await chart.render();
  onTheme(element, () => {
    const now = themeOptions("--second-bar");
    chart.updateOptions({ ...now, dataLabels: { style: { colors: [now.chart.foreColor] } } }, false, false);
  });
}
