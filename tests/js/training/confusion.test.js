import assert from "node:assert/strict";
import { test } from "node:test";
import { confusion } from "#js/training/confusion.js";

test("right ones stand on the diagonal, missed and false ones at the edge", () => {
  const counts = [[5, 2, 1], [7, 0, 3]]; // prettier-ignore
  assert.deepEqual(confusion(counts, []), [
    [5, 0, 1],
    [0, 7, 3],
    [2, 0, 0],
  ]);
});

test("one that was taken for another is neither missed nor false any more", () => {
  const counts = [[5, 0, 2], [7, 2, 0]]; // prettier-ignore
  assert.deepEqual(confusion(counts, [[0, 1, 2]]), [
    [5, 2, 0],
    [0, 7, 0],
    [0, 0, 0],
  ]);
});
