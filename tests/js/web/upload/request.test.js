import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Connection, post } from "#js/web/upload/request.js";
import { eventTarget, fakeRequest, install, pass } from "../../browser.js";

let requests;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  requests = [];
  install({
    window: eventTarget(),
    document: { querySelector: () => ({ content: "token" }) },
    XMLHttpRequest: fakeRequest(requests),
  });
});

test("the answer is what the server says, or what became of the request", async () => {
  for (const [status, response, expected] of [
    [200, { created: [] }, { created: [] }],
    [200, null, { signedOut: true }],
    [422, { detail: "no photo" }, { refused: "no photo" }],
    [413, null, { refused: "(413)" }],
    [503, null, { broken: true }],
    [429, { detail: "later" }, { broken: true }],
  ]) {
    const answer = post("/photos", "body");
    requests.at(-1).answer(status, response);
    assert.deepEqual(await answer, expected);
  }
});

test("a connection that breaks is no error, nor is a stop", async () => {
  const broken = post("/photos", "body");
  requests[0].onerror();
  assert.deepEqual(await broken, { broken: true });
  const stopping = new AbortController();
  const stopped = post("/photos", "body", { signal: stopping.signal });
  stopping.abort();
  assert.deepEqual(await stopped, { stopped: true });
});

test("a request shows the page's token", () => {
  post("/photos", "body", { type: "image/png" });
  assert.deepEqual(requests[0].headers, {
    Accept: "application/json",
    "X-CSRFToken": "token",
    "Content-Type": "image/png",
  });
});

test("the connection is waited for longer each time, and given up after 75 seconds", async () => {
  const waits = [];
  const connection = new Connection((seconds) => seconds && waits.push(seconds));
  const { signal } = new AbortController();
  const answers = [];
  for (let time = 0; time < 9; time++) {
    const retry = connection.retry(signal);
    await pass(15_000);
    answers.push(await retry);
  }
  assert.deepEqual(answers, [...new Array(8).fill(true), false]);
  assert.deepEqual(waits, [1, 2, 4, 8, 15, 15, 15, 15]);
  connection.reset();
  connection.retry(signal);
  assert.equal(waits.at(-1), 1);
});

test("those who wait at the same time wait once together", async () => {
  const waits = [];
  const connection = new Connection((seconds) => waits.push(seconds));
  const { signal } = new AbortController();
  const both = Promise.all([connection.retry(signal), connection.retry(signal)]);
  await pass(1000);
  assert.deepEqual(
    [await both, waits],
    [
      [true, true],
      [1, 0],
    ],
  );
});

test("a network that is there again, or a stop, ends the wait", async () => {
  const connection = new Connection(() => {});
  const stopping = new AbortController();
  const first = connection.retry(stopping.signal);
  window.dispatchEvent(new Event("online"));
  assert.equal(await first, true);
  const second = connection.retry(stopping.signal);
  stopping.abort();
  assert.equal(await second, false);
});
