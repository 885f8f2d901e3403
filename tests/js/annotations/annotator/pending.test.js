import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { broadcastChannel, indexedDB, install, pass, settled } from "../../browser.js";

const Channel = broadcastChannel();
install({ indexedDB: indexedDB(), BroadcastChannel: Channel });
const { claim, forget, keep, findUnsent } = await import("#js/annotations/annotator/pending.js");
const record = (key, more = {}) => ({ key, user: "anna", at: 1, labels: { shapes: [] }, ...more });

async function left(user) {
  const found = findUnsent(user);
  await settled();
  await pass(300);
  return (await found).map(({ key }) => key);
}

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  for (const key of ["one", "two", "three"]) await forget(key);
});

test("labels of a page that is gone are found, the oldest first, those of others are not", async () => {
  await keep(record("one", { at: 5 }));
  await keep(record("two", { at: 3 }));
  await keep(record("three", { user: "ben" }));
  assert.deepEqual(await left("anna"), ["two", "one"]);
  assert.deepEqual(await left("ben"), ["three"]);
});

test("a page keeps one record", async () => {
  await keep(record("one"));
  await keep(record("one", { at: 2 }));
  assert.deepEqual(await left("anna"), ["one"]);
  await forget("one");
  assert.deepEqual(await left("anna"), []);
});

test("labels of a page that is open are not left behind", async () => {
  await keep(record("one"));
  await keep(record("two"));
  const other = new Channel();
  other.addEventListener(
    "message",
    ({ data }) => data.ask?.includes("one") && other.postMessage({ here: "one" }),
  );
  assert.deepEqual(await left("anna"), ["two"]);
  other.close();
});

test("this page answers for its own record, and for no other", () => {
  const heard = [];
  const other = new Channel();
  other.addEventListener("message", ({ data }) => heard.push(data.here));
  claim("one");
  other.postMessage({ ask: ["two"] });
  other.postMessage({ ask: ["one", "two"] });
  assert.deepEqual(heard, ["one"]);
});
