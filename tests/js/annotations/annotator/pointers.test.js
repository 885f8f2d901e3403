import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Pointers } from "#js/annotations/annotator/pointers.js";

let handlers;
let told; // what the tool was told
let panned;
let pointers;
let takes;
let tool;

beforeEach(() => {
  [handlers, told, panned, takes] = [{}, [], [], true];
  const viewer = {
    addHandler: (name, handler) => (handlers[name] = handler),
    innerTracker: {},
    canvas: { addEventListener: (name, handler) => (handlers[name] = handler) },
  };
  const stage = {
    viewer,
    item: {},
    element: { focus() {} },
    toPhoto: ({ x, y }) => [x / 2, y / 2],
    showCrosshair() {},
    panBy: (dx, dy) => panned.push([dx, dy]),
  };
  tool = { press: (event) => told.push(["press", event.point]) && takes };
  for (const name of ["drag", "drop", "tap", "double", "hover", "cancelDrag"]) {
    tool[name] = (event) => told.push([name, event?.point]);
  }
  pointers = new Pointers({ stage, tool, toolFor: () => tool, run: (action) => told.push([action]) });
  handlers.move = viewer.innerTracker.moveHandler;
});

const event = (x, y, originalEvent = {}) => ({
  position: { x, y },
  pointerType: "mouse",
  originalEvent: { buttons: 0, ...originalEvent },
});
const send = (...steps) => steps.map(([name, ...place]) => handlers[name](event(...place)));
const names = () => told.map(([name]) => name);

test("a press that shakes a little is a press, in pixels of the photo", () => {
  send(["canvas-press", 10, 10], ["canvas-drag", 14, 12], ["canvas-release", 14, 12]);
  assert.deepEqual(told, [
    ["press", [5, 5]],
    ["tap", [7, 6]],
  ]);
});

test("a drag that the tool takes is its own, and the photo stays", () => {
  handlers["canvas-press"](event(10, 10));
  const dragged = event(30, 10);
  handlers["canvas-drag"](dragged);
  handlers["canvas-release"](event(30, 10));
  assert.equal(dragged.preventDefaultAction, true);
  assert.deepEqual(names(), ["press", "drag", "drop"]);
});

test("a drag that the tool does not take pans and is no press", () => {
  takes = false;
  handlers["canvas-press"](event(10, 10));
  const dragged = event(30, 10);
  handlers["canvas-drag"](dragged);
  handlers["canvas-release"](event(30, 10));
  assert.equal(dragged.preventDefaultAction, undefined);
  assert.deepEqual(names(), ["press"]);
});

test("with the space bar held the tool hears nothing", () => {
  pointers.panning = true;
  send(["canvas-press", 10, 10], ["canvas-drag", 30, 10], ["canvas-release", 30, 10]);
  assert.deepEqual(told, []);
});

test("a second finger ends the shape that the first one began", () => {
  send(
    ["canvas-press", 10, 10],
    ["canvas-drag", 30, 10],
    ["canvas-pinch", 30, 10],
    ["canvas-release", 30, 10],
  );
  assert.deepEqual(names(), ["press", "drag", "cancelDrag"]);
});

test("with Ctrl the wheel is for the width, of a tool that has one", () => {
  const turn = () => {
    const turned = Object.assign(event(10, 10, { ctrlKey: true }), { scroll: -1 });
    handlers["canvas-scroll"](turned);
    return turned.preventDefaultAction;
  };
  assert.equal(turn(), undefined);
  tool.hasWidth = true;
  assert.deepEqual([turn(), told], [true, [["width-down"]]]);
});

test("the middle button pans; without a button the tool hears where the mouse is", () => {
  handlers.move(event(10, 10, { buttons: 4, movementX: 3, movementY: -2 }));
  handlers.move(event(20, 10));
  assert.deepEqual([panned, told], [[[3, -2]], [["hover", [10, 5]]]]);
});

test("only two presses on the same spot are a double press, however fast others follow", () => {
  const click = (x, y, timeStamp) =>
    send(["canvas-press", x, y, { timeStamp }], ["canvas-release", x, y, { timeStamp }]);
  for (let number = 0; number < 24; number++) click(10 + 6 * number, 10, 100 * number);
  assert.equal(names().filter((name) => name === "double").length, 0);
  click(300, 10, 5000);
  click(303, 12, 5200);
  assert.equal(names().at(-1), "double");
  click(303, 12, 5300);
  assert.equal(names().at(-1), "tap", "the third press begins anew");
});

test("with the space bar held a press puts nothing and the photo is panned", () => {
  pointers.panning = true;
  handlers["canvas-press"](event(10, 10));
  const dragged = event(40, 10);
  handlers["canvas-drag"](dragged);
  pointers.panning = false; // let go before the button
  handlers["canvas-release"](event(40, 10));
  assert.deepEqual([names(), dragged.preventDefaultAction], [[], undefined]);
});
