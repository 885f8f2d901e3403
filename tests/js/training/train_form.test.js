import assert from "node:assert/strict";
import { test } from "node:test";
import { isChanged, matches } from "#js/training/train_form.js";

test("a parameter is found by any of its words, in any order", () => {
  assert.ok(matches("Learning rate learning_rate How large each step is", "rate step"));
  assert.ok(matches("學習率 learning_rate", "學習"));
  assert.ok(!matches("Learning rate", "batch"));
  assert.ok(matches("Learning rate", ""));
});

test("a value is changed where it is another one, not where it is written otherwise", () => {
  assert.ok(!isChanged("10", "10.0"));
  assert.ok(isChanged("11", "10.0"));
  assert.ok(!isChanged("true", "True"));
  assert.ok(isChanged("false", "True"));
  assert.ok(isChanged("cosine", "step"));
  assert.ok(!isChanged("step", "step"));
});
