import assert from "node:assert/strict";
import { test } from "node:test";
import { show, written } from "#js/web/local_time.js";

const EVENING = new Date("2026-11-30T16:30:00Z");

test("a moment is written in the zone of the installation", () => {
  assert.equal(written(EVENING, "Asia/Taipei"), "2026-12-01 00:30");
  assert.equal(written(EVENING, "America/New_York"), "2026-11-30 11:30");
  assert.equal(written(EVENING, "Asia/Taipei", "day"), "2026-12-01");
  assert.equal(written(EVENING, "Asia/Taipei", "seconds"), "2026-12-01 00:30:00");
});

test("without one it is written in the zone of the browser", () => {
  const minutes = EVENING.getUTCHours() * 60 + EVENING.getUTCMinutes() - EVENING.getTimezoneOffset();
  const clock = written(EVENING).slice(-5);
  assert.equal(Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)), (minutes + 1440) % 1440);
});

test("a moment replaces its text, words of how long ago get it as their title", () => {
  globalThis.document = { documentElement: { dataset: { timeZone: "Asia/Taipei" } } };
  const dateTime = EVENING.toISOString();
  const exact = { dateTime, dataset: { local: "" }, textContent: "UTC" };
  const ago = { dateTime, dataset: {}, textContent: "2 hours ago" };
  show({ querySelectorAll: () => [exact, ago, { dateTime: "never", dataset: { local: "" } }] });
  assert.equal(exact.textContent, "2026-12-01 00:30");
  assert.deepEqual([ago.textContent, ago.title], ["2 hours ago", "2026-12-01 00:30"]);
  delete globalThis.document;
});
