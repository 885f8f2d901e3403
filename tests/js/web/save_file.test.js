import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf, receive } from "#js/web/save_file.js";

const answer = (headers, body = "abcdef") => new Response(body, { headers });
const named = (disposition) => answer(disposition ? { "Content-Disposition": disposition } : {});

test("a file has the name that the server gives it, Chinese included", () => {
  assert.equal(nameOf(named('attachment; filename="run 5.zip"')), "run 5.zip");
  assert.equal(nameOf(named("attachment; filename=run-5.zip")), "run-5.zip");
  const both = "attachment; filename=\"report.csv\"; filename*=UTF-8''%E5%A0%B1%E8%A1%A8.csv";
  assert.equal(nameOf(named(both)), "報表.csv");
});

test("without a name the last part of the address is one", () => {
  const file = Object.defineProperty(named(), "url", { value: "http://host/runs/5/weights.pth?x=1" });
  assert.equal(nameOf(file), "weights.pth");
});

test("the share that has arrived is told", async () => {
  const shares = [];
  const file = await receive(answer({ "Content-Length": "6", "Content-Type": "text/csv" }), (share) =>
    shares.push(share),
  );
  assert.deepEqual([await file.text(), file.type, shares.at(-1)], ["abcdef", "text/csv", 1]);
});

test("a file that ends too early is not saved", async () => {
  await assert.rejects(
    receive(answer({ "Content-Length": "7" }), () => {}),
    /incomplete/,
  );
});

test("the length of a compressed answer says nothing about its content", async () => {
  const compressed = answer({ "Content-Length": "3", "Content-Encoding": "gzip" });
  const file = await receive(compressed, () => assert.fail("no share is known"));
  assert.equal(file.size, 6);
});
