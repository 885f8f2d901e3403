import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { broadcastChannel, eventTarget, indexedDB, install, pass, settled } from "../../browser.js";

install({ indexedDB: indexedDB(), BroadcastChannel: broadcastChannel() });
const { Autosave, put } = await import("#js/annotations/annotator/autosave.js");

const shape = (category) => ({ category, segmentation: [[0, 0, 1, 0, 1, 1]], bbox: null, is_box: false });
const labels = (...categories) => ({ shapes: categories.map(shape), no_object: false });
const json = (status, body) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

let save;
let now; // the labels in the editor
let sent; // what the server was asked to keep
let states;
let answers; // to the next requests

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  [sent, states, answers, now] = [[], [], [], labels()];
  install({
    window: eventTarget(),
    document: eventTarget({ hidden: false, querySelector: () => ({ content: "t" }) }),
    async fetch(_address, { method, body }) {
      if (method === "PUT") sent.push(JSON.parse(body));
      return answers.shift()();
    },
  });
  save = new Autosave({ address: "/labels", about: { photo: 1, user: "anna" }, read: () => now });
  save.begin("v1", labels());
  save.addEventListener("state", () => states.push(save.state));
});

const change = (...categories) => {
  now = labels(...categories);
  save.changed();
};
const saved = (version, mended = []) => answers.push(() => json(200, { version, mended }));
const refused = (status, body = {}) => answers.push(() => json(status, body));
const broken = () =>
  answers.push(() => {
    throw new TypeError("no connection");
  });

test("a change is sent after a pause, with the version it was made on", async () => {
  saved("v2");
  change(1);
  await pass(599);
  assert.deepEqual([sent.length, save.isUnsaved], [0, true]);
  await pass(1);
  assert.deepEqual(sent, [{ version: "v1", ...labels(1) }]);
  assert.deepEqual(states, ["waiting", "saving", "saved"]);
  assert.deepEqual([save.version, save.isUnsaved], ["v2", false]);
});

test("who goes on drawing is not put off for ever", async () => {
  saved("v2");
  for (let step = 0; step < 3; step++) {
    change(step);
    await pass(500);
  }
  assert.equal(sent.length, 1);
});

test("what is drawn while it is being sent is sent next, on the new version", async () => {
  answers.push(() => {
    change(1, 2);
    return json(200, { version: "v2", mended: [] });
  });
  saved("v3");
  change(1);
  assert.equal(await save.flush(), false);
  assert.equal(await save.flush(), true);
  assert.deepEqual(
    sent.map(({ version, shapes }) => [version, shapes.length]),
    [
      ["v1", 1],
      ["v2", 2],
    ],
  );
});

test("without a connection it is tried again, each time later, and nothing is lost", async () => {
  broken();
  broken();
  saved("v2");
  change(1);
  await pass(600);
  assert.equal(save.state, "offline");
  await pass(1000);
  await pass(1999);
  assert.equal(sent.length, 2);
  await pass(1);
  assert.deepEqual([save.state, save.version], ["saved", "v2"]);
});

test("an error of the server counts as no connection, and so does a page from something between", async () => {
  answers.push(() => new Response("", { status: 502 }));
  answers.push(() => new Response("<html>", { status: 200, headers: { "Content-Type": "text/html" } }));
  change(1);
  await pass(600);
  assert.equal(save.state, "offline");
  await pass(1000);
  assert.deepEqual([save.state, save.isUnsaved], ["offline", true]);
});

test("a page from something between is no answer of the server", async () => {
  answers.push(() => new Response("<html>", { status: 200, headers: { "Content-Type": "text/html" } }));
  await assert.rejects(put("/labels", {}), /answer 200/);
});

test("who is signed out is told so, and it goes on when signed in again", async () => {
  refused(401);
  saved("v2");
  change(1);
  await pass(600);
  assert.equal(save.state, "signed-out");
  await pass(8000);
  assert.equal(save.state, "saved");
});

test("a refusal says why and is not repeated by itself", async () => {
  refused(422, { detail: "too few points", field: "items[0]" });
  change(1);
  await pass(600);
  assert.deepEqual([save.state, save.detail.field], ["refused", "items[0]"]);
  await pass(60_000);
  assert.equal(sent.length, 1);
});

test("labels that somebody else changed are a conflict, and nothing is sent until the person has chosen", async () => {
  refused(412);
  refused(412, { version: "v9", ...labels(7) });
  change(1);
  await pass(600);
  assert.deepEqual([save.state, save.detail.version], ["conflict", "v9"]);
  change(1, 2);
  await pass(60_000);
  assert.deepEqual([sent.length, await save.flush()], [2, false]);
  saved("v10");
  await save.resolve("v9", labels(7));
  assert.deepEqual([sent.at(-1).version, save.state], ["v9", "saved"]);
});

test("on a stale version it is sent again with what it was made from, and the server decides", async () => {
  refused(412);
  saved("v6");
  change(1);
  await pass(600);
  assert.deepEqual(
    sent.map(({ version, base }) => [version, base]),
    [
      ["v1", undefined],
      ["v1", labels()],
    ],
  );
  assert.deepEqual([save.state, save.version], ["saved", "v6"]);
});

test("what the server mended is told", async () => {
  const heard = [];
  save.addEventListener("mended", ({ detail }) => heard.push(...detail));
  saved("v2", [{ index: 0, what: "closed" }]);
  change(1);
  await pass(600);
  assert.deepEqual(heard, [{ index: 0, what: "closed" }]);
});

test("a page that is left with unsaved labels asks first", async () => {
  const leave = () => window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  saved("v2");
  change(1);
  assert.equal(leave(), false);
  await pass(600);
  await settled();
  assert.equal(leave(), true);
});
