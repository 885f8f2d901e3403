// What the loss chart draws, from what the server sent: [{iteration, training_loss, validation_loss, full_validation_loss,
// validation_ap}].
const SHOWN = ["training_loss", "validation_loss", "full_validation_loss", "validation_ap"];

/** AP, 0 to 100, is no loss: it has an axis of its own. */
const AP = SHOWN.indexOf("validation_ap");

/** How many iterations the losses reach over. */
export function span(losses) {
  return losses.length > 1 ? losses.at(-1).iteration - losses[0].iteration : 1;
}

/** The lines by ``names``, which go with SHOWN; the last two only where they have a value. */
export function linesOf(losses, names, logarithmic) {
  // The library draws a missing value at minus infinity on a log scale.
  const drawn = logarithmic ? losses.filter((loss) => loss.training_loss > 0) : losses;
  return SHOWN.map((key, index) => ({
    name: names[index],
    data: drawn.map((loss) => ({ x: loss.iteration, y: loss[key] })),
  })).filter((line, index) =>
    logarithmic
      ? index !== AP && line.data.every((point) => point.y > 0)
      : index < 2 || line.data.some((point) => point.y != null),
  );
}

/** Options of a logarithmic axis in whole powers of ten: by itself the library begins at zero, whose logarithm is infinite. */
export function logAxis(lines) {
  const values = lines.flatMap((line) => line.data.map((point) => point.y)).filter((value) => value > 0);
  if (!values.length) return {};
  return {
    logarithmic: true,
    logBase: 10,
    min: 10 ** Math.floor(Math.log10(Math.min(...values))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...values))),
  };
}

/** The side of the line of the best iteration at which its label stands; at an edge of the chart it would be cut off. */
export function anchorOf(best, losses) {
  const place = losses.length ? (best - losses[0].iteration) / span(losses) : 0;
  return place > 0.95 ? "end" : place < 0.05 ? "start" : "middle";
}

/** Lines where the trainings of a cross-validation begin, of those that have begun: [{iteration, text}]. */
export function beginnings(marks, losses, look) {
  const last = losses.at(-1)?.iteration ?? 0;
  return marks
    .filter(({ iteration }) => iteration <= last)
    .map(({ iteration, text }) => ({ ...look, x: iteration, label: { ...look.label, text } }));
}
