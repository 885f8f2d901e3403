import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { eventTarget, install } from "../browser.js";

const note = { hidden: true };
let health; // the answers of the server: true, false, or an error that is thrown
let asked = 0;
install({
  document: eventTarget({ getElementById: (id) => (id === "connection-lost" ? note : null) }),
  fetch: async () => {
    asked += 1;
    const answer = health.length > 1 ? health.shift() : health[0];
    if (answer instanceof Error) throw answer;
    return { ok: answer };
  },
});
mock.timers.enable({ apis: ["setTimeout"] });
await import("#js/web/connection.js");

const turns = () => new Promise((resolve) => setImmediate(resolve));
async function suspect(name = "connection:suspect") {
  document.dispatchEvent(new Event(name));
  await turns();
}

beforeEach(() => (asked = 0));

test("a server that answers is not complained about", async () => {
  health = [true];
  await suspect();
  assert.deepEqual([note.hidden, asked], [true, 1]);
});

test("one that does not is named, until it answers again", async () => {
  health = [new Error("refused"), false, true];
  await suspect("htmx:error");
  assert.equal(note.hidden, false);
  await suspect();
  assert.equal(asked, 1, "it is asked in turns, however many suspect it");
  mock.timers.tick(2000);
  await turns();
  assert.deepEqual([note.hidden, asked], [false, 2]);
  mock.timers.tick(2000);
  await turns();
  assert.equal(note.hidden, true);
  mock.timers.tick(60_000);
  await turns();
  assert.equal(asked, 3);
});
