// What the charts share: the library, its language, colours of the theme.
const VENDOR = new URL("../../vendor/apexcharts/", import.meta.url);
let library = null;

/** ApexCharts, loaded when the first chart of a page needs it. */
export function apexcharts() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("apexcharts.min.js", VENDOR);
    script.onload = () => resolve(window.ApexCharts);
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

// The library draws for the width of the screen; with a viewBox the sheet's width scales it (components.css).
globalThis.addEventListener?.("beforeprint", () => {
  for (const svg of document.querySelectorAll(".apexcharts-canvas > svg")) {
    svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
  }
});

/** The part of chart options that names the toolbar's language. */
export async function language() {
  if (!document.documentElement.lang.startsWith("zh")) return {};
  const locale = await (await fetch(new URL("locales/zh-tw.json", VENDOR))).json();
  return { locales: [locale], defaultLocale: locale.name };
}

/** Options that follow the theme; ``others`` name the colours of the series after the first. */
export function themeOptions(...others) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const dark = document.documentElement.dataset.bsTheme === "dark";
  return {
    colors: [colour("--accent"), ...others.map(colour)],
    theme: { mode: dark ? "dark" : "light" },
    chart: { background: colour("--surface"), foreColor: colour("--ink-soft") },
    grid: { borderColor: colour("--line") },
    tooltip: { theme: dark ? "dark" : "light" },
  };
}

const FORMULA = /^[=+\-@\t\r]/;

/** A name for the table that the library saves: what begins like a formula would run in Excel. */
export function cell(name) {
  return FORMULA.test(name) ? `'${name}` : name;
}

/** The part of the table's options that writes its first column. */
export const csvNames = { categoryFormatter: (name) => cell(String(name).replaceAll(",", "")) };

/** A name that may have passed ``cell``, as HTML: the library writes it so into its legend and its boxes. */
export function asHtml(name) {
  const text = String(name ?? "");
  const span = document.createElement("span");
  span.textContent = text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
  return span.innerHTML;
}

/** The name of a line or bar in a box: ``title`` of ``tooltip.y``. */
export const boxTitle = { formatter: (name) => `${asHtml(name)}: ` };

/** The nonce under which the library may write its style elements. */
export function nonce() {
  return document.querySelector("link[nonce]")?.nonce;
}

/** Calls back when light and dark change, as long as the element is in the page. */
export function onTheme(element, callback) {
  function listener() {
    if (element.isConnected) callback();
    else document.removeEventListener("theme:changed", listener);
  }
  document.addEventListener("theme:changed", listener);
}

export function download(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Ticks of an axis of whole numbers: never more than it has steps, or a number would stand twice. */
export function tickAmount(span) {
  return Math.max(1, Math.min(8, Math.round(span)));
}

/** The label of a tick. With at most ``tickAmount`` ticks no two are the same. */
export function wholeLabels(value) {
  return String(Math.round(value));
}
