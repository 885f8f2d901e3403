import assert from "node:assert/strict";
import { test } from "node:test";
import { between } from "#js/images/selection.js";

const PHOTOS = ["a", "b", "c", "d"];

test("a range has both its ends, whichever was ticked first", () => {
  assert.deepEqual(between(PHOTOS, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(between(PHOTOS, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(between(PHOTOS, "c", "c"), ["c"]);
});

test("without a first photo there is no range", () => {
  assert.deepEqual(between(PHOTOS, null, "c"), []);
  assert.deepEqual(between(PHOTOS, "gone", "d"), []);
});
