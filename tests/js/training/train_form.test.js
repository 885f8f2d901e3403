import assert from "node:assert/strict";
import { test } from "node:test";
import { isChanged } from "#js/training/train_form.js";

test("a value is changed where it is another one, not where it is written otherwise", () => {
  assert.ok(!isChanged("10", "10.0"));
  assert.ok(isChanged("11", "10.0"));
  assert.ok(!isChanged("true", "True"));
  assert.ok(isChanged("false", "True"));
  assert.ok(isChanged("cosine", "step"));
  assert.ok(!isChanged("step", "step"));
});
