import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorOf, beginnings, linesOf, logAxis, span } from "#js/training/loss_lines.js";

const NAMES = ["Training", "Validation", "Whole validation", "AP"];
const loss = (iteration, training, validation = training, full = null, ap = null) => ({
  iteration,
  training_loss: training,
  validation_loss: validation,
  full_validation_loss: full,
  validation_ap: ap,
});
const names = (lines) => lines.map((line) => line.name);

test("the losses reach from the first iteration to the last", () => {
  assert.equal(span([loss(10, 1), loss(20, 1), loss(35, 1)]), 25);
  assert.equal(span([loss(10, 1)]), 1);
  assert.equal(span([]), 1);
});

test("the whole validation is a line only where it was made", () => {
  assert.deepEqual(names(linesOf([loss(1, 2), loss(2, 1)], NAMES, false)), NAMES.slice(0, 2));
  const lines = linesOf([loss(1, 2), loss(2, 1, 3, 0.5)], NAMES, false);
  assert.deepEqual(names(lines), NAMES.slice(0, 3));
  assert.deepEqual(lines[2].data, [
    { x: 1, y: null },
    { x: 2, y: 0.5 },
  ]);
});

test("AP is a line where objects were looked for, but not among losses on a logarithmic axis", () => {
  const losses = [loss(1, 2, 2, 2, 12.5)];
  assert.deepEqual(names(linesOf(losses, NAMES, false)), NAMES);
  assert.deepEqual(names(linesOf(losses, NAMES, true)), NAMES.slice(0, 3));
});

test("a validation that is still to come has its line, so that its name is there", () => {
  assert.deepEqual(names(linesOf([loss(1, 2, null)], NAMES, false)), NAMES.slice(0, 2));
});

test("a logarithmic chart has no iteration without a loss, and no line with a gap", () => {
  const lines = linesOf([loss(1, 0), loss(2, 2, null), loss(3, 1, 1)], NAMES, true);
  assert.deepEqual(names(lines), ["Training"]);
  assert.deepEqual(
    lines[0].data.map(({ x }) => x),
    [2, 3],
  );
});

test("a logarithmic axis goes over whole powers of ten", () => {
  const axis = logAxis(linesOf([loss(1, 3), loss(2, 0.04)], NAMES, true));
  assert.deepEqual([axis.min, axis.max], [0.01, 10]);
  assert.deepEqual(logAxis([]), {});
});

test("the label of the best iteration turns inwards at the edges", () => {
  const losses = [loss(0, 1), loss(100, 1)];
  assert.deepEqual(
    [2, 50, 99].map((best) => anchorOf(best, losses)),
    ["start", "middle", "end"],
  );
  assert.equal(anchorOf(7, []), "start");
});

test("the trainings of a cross-validation begin at lines, as far as they have begun", () => {
  const marks = [
    { iteration: 1, text: "Fold 1" },
    { iteration: 51, text: "Fold 2" },
    { iteration: 101, text: "All photos" },
  ];
  const lines = beginnings(marks, [loss(1, 1), loss(60, 1)], { label: { position: "top" } });
  assert.deepEqual(
    lines.map(({ x, label }) => [x, label.text]),
    [
      [1, "Fold 1"],
      [51, "Fold 2"],
    ],
  );
  assert.deepEqual(beginnings([], [loss(1, 1)], {}), []);
});
