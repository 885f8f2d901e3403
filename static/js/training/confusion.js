/**
 * The confusion table at one threshold: rows are the categories that are there, columns those that were found; the last
 * row and column mean nothing there or nothing found.
 *
 * ``counts`` by category: [right, false, missed]; ``mistaken``: [there, taken for, how many], which the counts hold as
 * one missed and one false.
 */
export function confusion(counts, mistaken) {
  const size = counts.length;
  const table = Array.from({ length: size + 1 }, () => new Array(size + 1).fill(0));
  counts.forEach(([right, wrong, missed], category) => {
    table[category][category] = right;
    table[category][size] = missed;
    table[size][category] = wrong;
  });
  for (const [there, taken, number] of mistaken) {
    table[there][taken] += number;
    table[there][size] -= number;
    table[size][taken] -= number;
  }
  return table;
}
