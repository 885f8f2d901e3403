import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { isForAnother, nameOf, readKeys } from "#js/annotations/annotator/keys.js";
import { install } from "../../browser.js";

const press = (key, more = {}) => ({ key, code: "", target: {}, ...more });
const inside = (...selectors) => ({
  closest: (selector) => selectors.some((one) => selector.split(", ").includes(one)),
});
let isDialogOpen;

beforeEach(() => {
  isDialogOpen = false;
  install({ document: { querySelector: () => (isDialogOpen ? {} : null) } });
});

test("a key is named as the help sheet writes it", () => {
  assert.equal(nameOf(press("z", { ctrlKey: true })), "Ctrl+z");
  assert.equal(nameOf(press("Z", { ctrlKey: true, shiftKey: true })), "Ctrl+Shift+z");
  assert.equal(nameOf(press("z", { metaKey: true })), "Ctrl+z");
  assert.equal(nameOf(press("ArrowLeft", { shiftKey: true })), "Shift+ArrowLeft");
  assert.equal(nameOf(press("a", { altKey: true })), "Alt+a");
  assert.equal(nameOf(press(" ")), "Space");
});

test("a sign that needs Shift on some keyboards is named without it", () => {
  assert.equal(nameOf(press("?", { shiftKey: true })), "?");
  assert.equal(nameOf(press("+", { shiftKey: true })), "+");
});

test("with an input method on, the place of the key counts", () => {
  assert.equal(nameOf(press("Process", { code: "KeyB" })), "b");
  assert.equal(nameOf(press("Unidentified", { code: "Digit3" })), "3");
  assert.equal(nameOf(press("Process", { code: "F5" })), "Process");
});

test("the help sheet says which key does what; an action may have several", () => {
  const sheet = { "Ctrl+z": "undo", Delete: "delete", Backspace: "delete" };
  const keys = readKeys({ dataset: { keys: JSON.stringify(sheet) } });
  assert.deepEqual(
    [...keys],
    [
      ["Ctrl+z", "undo"],
      ["Delete", "delete"],
      ["Backspace", "delete"],
    ],
  );
});

test("somebody who types, a dialog or an input method keeps the keys", () => {
  assert.equal(isForAnother(press("b", { target: inside() }), "b"), false);
  assert.equal(isForAnother(press("b", { target: inside("textarea") }), "b"), true);
  assert.equal(isForAnother(press("b", { isComposing: true }), "b"), true);
  isDialogOpen = true;
  assert.equal(isForAnother(press("b"), "b"), true);
});

test("a button keeps Enter and the space bar, a slider the arrows", () => {
  assert.equal(isForAnother(press("Enter", { target: inside("button") }), "Enter"), true);
  assert.equal(isForAnother(press("b", { target: inside("button") }), "b"), false);
  assert.equal(isForAnother(press("ArrowUp", { target: inside("input[type=range]") }), "ArrowUp"), true);
});
