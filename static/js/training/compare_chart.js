// One curve of several runs over each other: validation or training loss.
import { drawing, tickAmount } from "../web/chart.js";

const MOST_POINTS = 600;

export async function start(element) {
  const options = JSON.parse(element.dataset.compareChart);
  const runs = JSON.parse(element.dataset.runs);
  const block = element.closest(".chart-block");
  const average = block.querySelector("[data-chart-average]");
  const curve = block.querySelector("[data-chart-curve]");
  let lines = [];

  async function read({ url }) {
    const answer = await fetch(`${url}?points=${MOST_POINTS}&average=${average.value}`);
    return answer.ok ? (await answer.json()).items : [];
  }

  async function load() {
    lines = await Promise.all(runs.map(read));
  }

  const span = () =>
    Math.max(1, ...lines.map((line) => (line.at(-1)?.iteration ?? 1) - (line[0]?.iteration ?? 0)));
  const points = (line) => line.map((loss) => ({ x: loss.iteration, y: loss[curve.value] }));

  await load();
  const { draw } = await drawing(element, () => ({
    ...options,
    series: runs.map(({ name }, index) => ({ name, data: points(lines[index]) })),
    xaxis: { ...options.xaxis, tickAmount: tickAmount(span()) },
  }));
  curve.addEventListener("change", draw);
  average.addEventListener("change", () => load().then(draw));
}
