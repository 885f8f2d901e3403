import assert from "node:assert/strict";
import { test } from "node:test";
import { filled, megabytes, timeLeft } from "#js/web/words.js";

const TEXT = { textMinutes: "{n} minutes", textSeconds: "{n} seconds" };

test("each name in brackets becomes its value", () => {
  assert.equal(filled("{done} of {total}, {done}", { done: 3, total: 9 }), "3 of 9, 3");
});

test("small sizes have a digit after the point, large ones none", () => {
  assert.equal(megabytes(2_340_000, "en"), "2.3");
  assert.equal(megabytes(1_234_560_000, "en"), "1,235");
});

test("from a minute and a half on, the time left is told in minutes", () => {
  assert.equal(timeLeft(null, TEXT), "");
  assert.equal(timeLeft(0.2, TEXT), "1 seconds");
  assert.equal(timeLeft(90, TEXT), "90 seconds");
  assert.equal(timeLeft(91, TEXT), "2 minutes");
});
