import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { start, announceIfEnded } from "#js/web/live_run.js";
import { eventTarget, install } from "../browser.js";

let streams; // every stream that was opened
let panels;

class Stream extends EventTarget {
  static CLOSED = 2;
  readyState = 1;

  constructor(address) {
    super();
    this.address = address;
    streams.push(this);
  }

  say(name, data = "") {
    this.dispatchEvent(Object.assign(new Event(name), { data }));
  }

  close() {
    this.readyState = Stream.CLOSED;
  }
}

beforeEach(() => {
  // Panels of the test before let go of their streams.
  for (const panel of panels ?? []) panel.isConnected = false;
  globalThis.document?.dispatchEvent(new Event("htmx:after:swap"));
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [streams, panels] = [[], []];
  install({ EventSource: Stream, document: eventTarget({ hidden: false, title: "" }) });
});

function follow(liveStream = "/stream") {
  const shown = [{ tagName: "SPAN" }, { tagName: "PROGRESS" }];
  const panel = eventTarget({
    isConnected: true,
    dataset: { liveStream, liveTitle: "37%" },
    heard: [],
    shown,
  });
  panel.querySelectorAll = () => shown;
  for (const name of ["run:changed", "run:ended"]) {
    panel.addEventListener(name, ({ detail }) => panel.heard.push([name, detail]));
  }
  panels.push(panel);
  start(panel);
  return panel;
}
const swapped = () => document.dispatchEvent(new Event("htmx:after:swap"));
const open = () => streams.filter(({ readyState }) => readyState === 1);
const show = (visible) => {
  document.hidden = !visible;
  document.dispatchEvent(new Event("visibilitychange"));
};

test("the panel fetches itself anew at each change, and its title is the page's", () => {
  const panel = follow();
  streams[0].say("changed", '{"iteration": 12}');
  assert.deepEqual(panel.heard, [["run:changed", { iteration: 12 }]]);
  assert.equal(document.title, "37%");
});

test("a run is over once its panel says so, not before", () => {
  const panel = follow();
  streams[0].say("end");
  assert.deepEqual(panel.heard, []);
  delete panel.dataset.liveStream;
  swapped();
  swapped();
  assert.deepEqual(panel.heard, [["run:ended", null]]);
  assert.equal(open().length, 0);
});

test("where the panel after the last change got lost it is asked for again", () => {
  const panel = follow();
  streams[0].say("end");
  mock.timers.tick(2000);
  assert.deepEqual(panel.heard, [["run:changed", {}]]);
  assert.equal(open().length, 1);
});

test("a hidden tab holds no stream, asks now and then, and at once when it is shown", () => {
  const panel = follow();
  show(false);
  assert.equal(open().length, 0);
  mock.timers.tick(20_000);
  assert.equal(panel.heard.length, 1);
  show(true);
  assert.deepEqual([panel.heard.length, open().length], [2, 1]);
});

test("a page holds three streams; further panels ask, until one of the others is over", () => {
  const [first, , , fourth] = [1, 2, 3, 4].map((number) => follow(`/stream/${number}`));
  assert.equal(open().length, 3);
  delete first.dataset.liveStream;
  swapped();
  mock.timers.tick(3000);
  assert.equal(fourth.heard.length, 1);
  assert.deepEqual(
    open().map(({ address }) => address),
    ["/stream/2", "/stream/3", "/stream/4"],
  );
});

test("a server that answers with an error is asked again; a break that the browser mends itself is not", () => {
  const panel = follow();
  streams[0].say("error");
  mock.timers.tick(60_000);
  assert.equal(panel.heard.length, 0);
  streams[0].close();
  streams[0].say("error");
  mock.timers.tick(2000);
  assert.deepEqual([panel.heard.length, open().length], [1, 1]);
});

test("a panel that is gone is followed no more", () => {
  const panel = follow();
  panel.isConnected = false;
  swapped();
  show(true);
  assert.deepEqual([panel.heard, open().length], [[], 0]);
});

test("a panel that came when its run was over says so when it is asked", () => {
  const panel = eventTarget({ dataset: {} });
  let ended = 0;
  panel.addEventListener("run:ended", () => (ended += 1));
  announceIfEnded(panel);
  announceIfEnded(null);
  assert.equal(ended, 1);
});

test("a stream that says nothing for some seconds, or breaks, makes the page suspicious", () => {
  let suspected = 0;
  document.addEventListener("connection:suspect", () => (suspected += 1));
  follow();
  for (const name of ["changed", "alive", "alive"]) {
    mock.timers.tick(5000);
    streams[0].say(name);
  }
  assert.equal(suspected, 0);
  mock.timers.tick(6500);
  assert.equal(suspected, 1);
  streams[0].say("error");
  assert.equal(suspected, 2);
});

test("with many pages open this one waits for its turn, and then knows all that was signalled", () => {
  const panel = follow();
  streams[0].say("changed", '{"iteration": 12, "wait": 5000}');
  streams[0].say("changed", '{"iteration": 3, "wait": 4500}');
  streams[0].say("changed", '{"iteration": 4, "wait": 4400}');
  assert.deepEqual(panel.heard, []);
  assert.deepEqual([panel.shown[0].textContent, panel.shown[1].value], [4, 4], "the number is there at once");
  mock.timers.tick(5000);
  assert.deepEqual(panel.heard, [["run:changed", { iteration: 3 }]]);
});

test("when a run is over that many watch, this page asks in its turn too", () => {
  const panel = follow();
  streams[0].say("changed", '{"over": true, "wait": 3000}');
  streams[0].say("end");
  mock.timers.tick(2500);
  assert.deepEqual(panel.heard, []);
  mock.timers.tick(3000);
  assert.deepEqual(panel.heard[0], ["run:changed", { over: true }]);
});
