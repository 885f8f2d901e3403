import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, csvNames, tickAmount, wholeLabels } from "#js/web/chart_parts.js";

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

test("a name that begins like a formula is a text in a table", () => {
  for (const name of ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"]) assert.equal(cell(name), `'${name}`);
  for (const name of ["fig", "螺絲", "a=1", ""]) assert.equal(cell(name), name);
});

test("a name stays in its column", () => {
  assert.equal(csvNames.categoryFormatter("a, b"), "a b");
  assert.equal(csvNames.categoryFormatter("=a,b"), "'=ab");
});
