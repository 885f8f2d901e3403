// The slider of the result page: what a score threshold means, at once and without the server, which has sent the
// figures of all hundred steps. Counts a category: [right, false, missed]; mistaken: [there, taken for, how many].
import { confusion } from "./confusion.js";

export async function start(element) {
  const text = element.dataset;
  const slider = element.querySelector("input[type=range]");
  const answer = await fetch(text.url);
  if (!answer.ok) return;
  const { counts, mistaken, intervals } = await answer.json();
  const write = (name, value) => {
    for (const cell of element.querySelectorAll(`[data-cell="${name}"]`)) cell.textContent = value;
  };
  const percent = (part, whole) => (whole ? `${Math.round((100 * part) / whole)}%` : "–");

  // The interval of a figure: place 0 is all categories together, 1 the first. Tests of before have none.
  const interval = (name, step, place, written) => {
    const found = intervals?.[name][step][place];
    return found ? written(...found) : "";
  };
  const shares = (low, high) => `${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)}%`;
  const rates = (low, high) => `${low.toFixed(2)}–${high.toFixed(2)}`;

  function show() {
    const step = Math.round(slider.value * 100);
    const [right, wrong, missed] = counts[step].reduce(
      (sums, row) => sums.map((sum, place) => sum + row[place]),
      [0, 0, 0],
    );
    write("threshold", Number(slider.value).toFixed(2));
    const sentence = wrong === 1 ? text.sentenceOne : text.sentenceMany;
    write(
      "sentence",
      sentence
        .replace("{missed}", missed)
        .replace("{objects}", right + missed)
        .replace("{alarms}", wrong),
    );
    counts[step].forEach(([found, alarms, lost], category) => {
      write(`right-${category}`, found);
      write(`missed-${category}`, lost);
      write(`false-${category}`, alarms);
      write(`precision-${category}`, percent(found, found + alarms));
      write(`recall-${category}`, percent(found, found + lost));
      write(`precision-interval-${category}`, interval("precision", step, category + 1, shares));
      write(`recall-interval-${category}`, interval("recall", step, category + 1, shares));
    });
    write("recall-interval", interval("recall", step, 0, shares) || "–");
    write("precision-interval", interval("precision", step, 0, shares) || "–");
    write("false_alarms-interval", interval("false_alarms", step, 0, rates) || "–");
    confusion(counts[step], mistaken[step]).forEach((row, there) =>
      row.forEach((number, taken) => {
        const cell = element.querySelector(`[data-confusion="${there}-${taken}"]`);
        if (cell) {
          cell.textContent = number;
          cell.dataset.none = number === 0;
        }
      }),
    );
  }

  slider.addEventListener("input", show);
  for (const button of element.querySelectorAll("[data-set-threshold]")) {
    button.addEventListener("click", () => {
      slider.value = button.dataset.setThreshold;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      slider.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  show();
}
