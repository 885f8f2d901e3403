import assert from "node:assert/strict";
import { test } from "node:test";
import { placeAfter } from "#js/images/wall.js";

test("the arrow keys lead to the neighbours in a grid of three columns with eight photos", () => {
  assert.equal(placeAfter("ArrowRight", 0, 3, 8), 1);
  assert.equal(placeAfter("ArrowLeft", 4, 3, 8), 3);
  assert.equal(placeAfter("ArrowDown", 4, 3, 8), 7);
  assert.equal(placeAfter("ArrowUp", 4, 3, 8), 1);
  assert.equal(placeAfter("Home", 4, 3, 8), 0);
  assert.equal(placeAfter("End", 4, 3, 8), 7);
});

test("at the edges they lead nowhere", () => {
  assert.equal(placeAfter("ArrowLeft", 0, 3, 8), null);
  assert.equal(placeAfter("ArrowRight", 7, 3, 8), null);
  assert.equal(placeAfter("ArrowDown", 5, 3, 8), null);
  assert.equal(placeAfter("ArrowUp", 2, 3, 8), null);
});
