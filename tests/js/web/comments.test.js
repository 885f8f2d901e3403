import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "espree";

const FOLDER = new URL("../../../static/js/", import.meta.url).pathname;
const PLACES = ["start", "end", "range", "loc"];

function meaning(code) {
  const tree = parse(code, { ecmaVersion: "latest", sourceType: "module" });
  return JSON.stringify(tree, (key, value) => (PLACES.includes(key) ? undefined : value));
}

test("scripts mean the same without the lines that the server leaves out as comments", () => {
  const names = readdirSync(FOLDER, { recursive: true }).filter((name) => name.endsWith(".js"));
  assert.ok(names.length > 50);
  for (const name of names) {
    const code = readFileSync(join(FOLDER, name), "utf-8");
    // As webapp/web/compressed_static.py has it.
    assert.equal(meaning(code.replace(/^[ \t]*\/\/.*$/gm, "")), meaning(code), name);
  }
});
