// <div data-chart='{…}'>: a chart by the options of webapp/web/chart_options.py, drawn anew in the colours of the theme.
async function apexcharts() {
  await import("../../vendor/apexcharts/apexcharts.min.js");
  return window.ApexCharts;
}

async function language() {
  if (!document.documentElement.lang.startsWith("zh")) return {};
  const address = new URL("../../vendor/apexcharts/locales/zh-tw.json", import.meta.url);
  const locale = await (await fetch(address)).json();
  return { locales: [locale], defaultLocale: locale.name };
}

const FORMULA = /^[=+\-@\t\r]/;

// A name for the table that the library saves: what begins like a formula would run in Excel.
export function cell(name) {
  return FORMULA.test(name) ? `'${name}` : name;
}

// The part of the table's options that writes its first column.
export const csvNames = { categoryFormatter: (name) => cell(String(name).replaceAll(",", "")) };

// A name that may have passed «cell», as HTML: the library writes it so into its legend and its boxes.
function asHtml(name) {
  const text = String(name ?? "");
  const span = document.createElement("span");
  span.textContent = text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
  return span.innerHTML;
}

// See number() of chart_options.py; «small»: significant digits of what is below 0.1.
export const writer =
  ({ digits, significant, small, factor = 1, before = "", unit = "", none = "" }) =>
  (value) => {
    if (value == null) return none;
    const number = value * factor;
    const precision = small && number < 0.1 ? small : significant;
    if (precision) return `${before}${Number(number.toPrecision(precision))}${unit}`;
    return before + (digits === undefined ? number.toLocaleString() : number.toFixed(digits)) + unit;
  };

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Options with colours and functions in the place of what the server wrote for them.
export function complete(options) {
  if (Array.isArray(options)) return options.map(complete);
  if (options === null || typeof options !== "object") return options;
  if ("colour" in options) return style(options.colour);
  if ("number" in options) return writer(options.number);
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, complete(value)]));
}

// What all charts have in common.
function common(locale, series, isOfNames) {
  const mode = document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light";
  return {
    theme: { mode },
    chart: {
      ...locale,
      nonce: document.querySelector("link[nonce]")?.nonce, // for the library's own style elements
      toolbar: isOfNames ? { export: { csv: csvNames } } : {},
    },
    series: series.map((one) => ({ ...one, name: cell(one.name) })),
    legend: { position: "top", horizontalAlign: "left", showForSingleSeries: true, formatter: asHtml },
    tooltip: {
      theme: mode,
      shared: true,
      intersect: false,
      x: { formatter: asHtml },
      y: { title: { formatter: (name) => `${asHtml(name)}: ` } },
    },
  };
}

// Draws «options()» now, at each draw() and whenever the theme changes: {draw, update}.
export async function drawing(element, options) {
  const [ApexCharts, locale] = await Promise.all([apexcharts(), language()]);
  let chart = null;
  async function draw() {
    const { series, ...others } = complete(options());
    chart?.destroy();
    const frame = common(locale, series, Boolean(others.xaxis?.categories));
    chart = new ApexCharts(element, ApexCharts.merge(frame, others));
    await chart.render();
  }
  const shown = new AbortController();
  const { signal } = shown;
  document.addEventListener("theme:changed", draw, { signal });
  const leave = () => {
    if (element.isConnected) return;
    shown.abort();
    chart.destroy();
  };
  document.addEventListener("htmx:after:swap", leave, { signal });
  await draw();
  return { draw, update: (changed) => chart.updateOptions(complete(changed), false, false) };
}

export function start(element) {
  const options = JSON.parse(element.dataset.chart);
  return drawing(element, () => options);
}

// The library draws for the width of the screen; with a viewBox the sheet's width scales it (components.css).
globalThis.addEventListener?.("beforeprint", () => {
  for (const svg of document.querySelectorAll(".apexcharts-canvas > svg")) {
    svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
  }
});
