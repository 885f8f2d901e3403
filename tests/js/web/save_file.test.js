import assert from "node:assert/strict";
import { test } from "node:test";
import { install } from "../browser.js";

install({ document: { getElementById: () => null } });
const { receive } = await import("#js/web/save_file.js");

const answer = (headers, body = "abcdef") => new Response(body, { headers });

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
