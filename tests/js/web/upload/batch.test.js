import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Batch } from "#js/web/upload/batch.js";
import { eventTarget, fakeRequest, install, pass, settled } from "../../browser.js";

const WORDS = Object.fromEntries(
  ["waiting", "done", "duplicate", "checking", "offline", "stopped", "signedOut", "unpacking"].map((word) => [
    word,
    word,
  ]),
);
const file = (name, size = 100) => ({ name, size });
let requests;
let runs;
let batch;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [requests, runs] = [[], []];
  install({
    window: eventTarget(),
    document: { querySelector: () => ({ content: "token" }) },
    XMLHttpRequest: fakeRequest(requests),
  });
  batch = new Batch({
    words: { ...WORDS, renamed: "now {name}" },
    requestOf: ({ name }) => ({ address: "/photos", body: name }),
    onItem() {},
    onWait() {},
    onRun: (panel) => runs.push(panel),
  });
});

async function begin(...names) {
  batch.add(names.map((name) => file(name)));
  const sent = batch.send();
  await settled();
  return sent;
}
const answer = async (index, body, status = 200) => {
  requests[index].answer(status, body);
  await settled();
};
const states = () => batch.items.map(({ state, words }) => [state, words]);

test("three files are on their way at once, the next when one has arrived", async () => {
  begin("a", "b", "c", "d");
  await settled();
  assert.deepEqual(
    requests.map(({ body }) => body),
    ["a", "b", "c"],
  );
  await answer(1, { created: [{ id: 1, filename: "b" }] });
  assert.equal(requests[3].body, "d");
  assert.equal(batch.count("sending"), 3);
});

test("each file has its own answer", async () => {
  begin("a", "b", "c");
  await settled();
  await answer(0, { created: [{ id: 1, filename: "a-2" }] });
  await answer(1, { duplicates: [{ filename: "b", where: "in validation" }] });
  await answer(2, { rejected: [{ filename: "c", reason: "no photo" }] });
  assert.deepEqual(states(), [
    ["done", "now a-2"],
    ["duplicate", "in validation"],
    ["refused", "no photo"],
  ]);
  assert.equal(batch.created, 1);
});

test("a zip that is being unpacked shows its run", async () => {
  begin("a.zip");
  await settled();
  await answer(0, { runs: [{ filename: "a.zip", panel: "/runs/4" }] });
  assert.deepEqual([states(), runs], [[["done", "unpacking"]], ["/runs/4"]]);
});

test("a refusal of the request is one of its file", async () => {
  begin("a");
  await settled();
  await answer(0, { detail: "too much" }, 413);
  assert.deepEqual(states(), [["refused", "too much"]]);
});

test("a file whose connection broke is sent again", async () => {
  begin("a");
  await settled();
  await answer(0, null, 503);
  assert.equal(requests.length, 1);
  await pass(1000);
  await answer(1, { created: [{ id: 1, filename: "a" }] });
  assert.deepEqual(states(), [["done", "done"]]);
});

test("a stop leaves what has not arrived to be sent again", async () => {
  const sent = begin("a", "b", "c", "d");
  await settled();
  await answer(0, { created: [{ id: 1, filename: "a" }] });
  batch.stop();
  await sent;
  assert.deepEqual(
    states().map(([state]) => state),
    ["done", "failed", "failed", "failed"],
  );
  assert.equal(batch.isStopped, true);
});

test("who is signed out sends it again after signing in", async () => {
  begin("a");
  await settled();
  await answer(0, null);
  assert.deepEqual(states(), [["failed", "signedOut"]]);
});

test("how far it is counts what is on its way by its share", async () => {
  begin("a", "b");
  await settled();
  await answer(0, { created: [] });
  requests[1].upload.onprogress({ loaded: 55, total: 110 });
  const { size, arrived } = batch.bytes();
  assert.deepEqual([size, arrived, batch.items[1].words], [200, 150, "50%"]);
  requests[1].upload.onprogress({ loaded: 110, total: 110 });
  assert.equal(batch.items[1].words, "checking");
});
