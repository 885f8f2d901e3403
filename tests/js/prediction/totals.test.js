import assert from "node:assert/strict";
import { test } from "node:test";
import { totalsAbove } from "#js/prediction/totals.js";

const scores = [50, 90].map((score) => Object.assign(new Array(101).fill(0), { [score]: 3, 100: 1 }));

test("each category counts from its own threshold on", () => {
  assert.deepEqual(
    totalsAbove(scores, () => 0.5),
    [4, 4],
  );
  assert.deepEqual(
    totalsAbove(scores, (category) => [0.51, 0.9][category]),
    [1, 4],
  );
});

test("a threshold that is no exact fraction is the hundredth that was meant", () => {
  const [one] = [Object.assign(new Array(101).fill(0), { 28: 5, 29: 2 })];
  assert.deepEqual(
    totalsAbove([one], () => 0.29),
    [2],
  );
});
