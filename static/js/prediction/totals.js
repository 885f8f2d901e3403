/**
 * How many detections of each category have at least its threshold. ``scores`` by category: how many detections have each
 * hundredth of a score; ``thresholdOf`` a category's index: a score from 0 to 1.
 */
export function totalsAbove(scores, thresholdOf) {
  return scores.map((counts, index) =>
    counts.slice(Math.round(thresholdOf(index) * 100)).reduce((sum, count) => sum + count, 0),
  );
}
