// The report's charts, and its print button.
const PARTS = {
  "[data-chart]": () => import("../web/chart.js"),
  "[data-loss-chart]": () => import("./loss_chart.js"),
};

for (const [selector, load] of Object.entries(PARTS)) {
  for (const element of document.querySelectorAll(selector)) load().then((part) => part.start(element));
}
document.querySelector("[data-print]").addEventListener("click", () => window.print());
