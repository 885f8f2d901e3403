import assert from "node:assert/strict";
import { test } from "node:test";
import { matches } from "#js/web/search.js";

test("something is found by any of its words, in any order", () => {
  assert.ok(matches("Learning rate learning_rate How large each step is", "rate step"));
  assert.ok(matches("學習率 learning_rate", "學習"));
  assert.ok(!matches("Learning rate", "batch"));
  assert.ok(matches("Learning rate", ""));
});
