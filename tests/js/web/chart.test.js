import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, complete, csvNames, writer } from "#js/web/chart.js";

test("a name that begins like a formula is a text in a table", () => {
  for (const name of ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"]) assert.equal(cell(name), `'${name}`);
  for (const name of ["fig", "螺絲", "a=1", ""]) assert.equal(cell(name), name);
});

test("a name stays in its column", () => {
  assert.equal(csvNames.categoryFormatter("a, b"), "a b");
  assert.equal(csvNames.categoryFormatter("=a,b"), "'=ab");
});

test("numbers are written as the server says", () => {
  assert.equal(writer({ digits: 1, factor: 100, unit: "%" })(0.1234), "12.3%");
  assert.equal(writer({ digits: 2, small: 2 })(0.00456), "0.0046");
  assert.equal(writer({ digits: 2, small: 2 })(1.5), "1.50");
  assert.equal(writer({ significant: 7, none: "–" })(null), "–");
});

test("a text stays a text, whatever a category is called", () => {
  const series = [{ name: "--accent", data: [1] }];
  assert.deepEqual(complete({ series }), { series });
});
