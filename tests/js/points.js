/** Points from a flat list, so that an outline stands on one line: points(0, 0, 9, 0, 0, 9). */
export function points(...flat) {
  return flat.flatMap((x, i) => (i % 2 ? [] : [[x, flat[i + 1]]]));
}
