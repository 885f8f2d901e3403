import assert from "node:assert/strict";
import { test } from "node:test";
import { tickAmount, wholeLabels } from "#js/web/chart_parts.js";

test("no two ticks have the same whole number", () => {
  for (const span of [1, 2, 3, 5, 8, 13, 999]) {
    const ticks = tickAmount(span);
    const labels = Array.from({ length: ticks + 1 }, (_, tick) => wholeLabels(100 + (tick * span) / ticks));
    assert.equal(new Set(labels).size, ticks + 1, `span ${span}`);
  }
});

test("an axis has at most eight steps and at least one", () => {
  assert.deepEqual([0, 3, 5000].map(tickAmount), [1, 3, 8]);
});
