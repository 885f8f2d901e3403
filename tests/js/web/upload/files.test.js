import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, dropped, pathOf } from "#js/web/upload/files.js";

const file = (name) => ({ name });
const names = ({ files }) => files.map(({ name }) => name);

// Entries as the browser gives them: a folder in parts, and nothing at its end.
const entry = (name, path = `/${name}`) => ({
  isFile: true,
  fullPath: path,
  file: (resolve) => resolve(file(name)),
});
function folder(name, ...content) {
  const parts = [content.slice(0, 1), content.slice(1), []];
  return {
    isDirectory: true,
    name,
    createReader: () => ({ readEntries: (resolve) => resolve(parts.shift()) }),
  };
}
const transfer = (...entries) => ({
  files: entries.map((one) => file(one.fullPath?.slice(1) ?? one.name)),
  items: entries.map((one) => ({ webkitGetAsEntry: () => one })),
});

test("files that were chosen are meant, whatever they are called, but not what the system put there", () => {
  const input = { files: ["a.jpg", "notes.txt", "Thumbs.db", ".DS_Store"].map(file) };
  assert.deepEqual([names(chosen(input, false)), chosen(input, false).leftOut], [["a.jpg", "notes.txt"], 2]);
});

test("of a folder the photos are meant; what the system put there is not counted", () => {
  const input = { webkitdirectory: true, files: ["a.JPG", "b.tiff", "notes.txt", "desktop.ini"].map(file) };
  assert.deepEqual([names(chosen(input, false)), chosen(input, false).leftOut], [["a.JPG", "b.tiff"], 1]);
});

test("where labels lie in the folders too, everything is meant", () => {
  const input = { webkitdirectory: true, files: ["a.jpg", "a.json", "Thumbs.db"].map(file) };
  assert.deepEqual(
    [names(chosen(input, true)), chosen(input, true).leftOut],
    [["a.jpg", "a.json", "Thumbs.db"], 0],
  );
});

test("a dropped folder is read to its end, folders in it too", async () => {
  const inner = folder("inner", entry("c.png", "/set/inner/c.png"), entry("d.txt"));
  const drop = transfer(entry("a.gif"), folder("set", entry("b.jpg", "/set/b.jpg"), inner));
  const found = await dropped(drop, false);
  assert.deepEqual([names(found), found.leftOut], [["a.gif", "b.jpg", "c.png"], 1]);
  assert.deepEqual(found.files.map(pathOf), ["a.gif", "set/b.jpg", "set/inner/c.png"]);
});

test("files that were dropped without a folder are taken as they are", async () => {
  const found = await dropped(transfer(entry("a.jpg"), entry(".hidden")), false);
  assert.deepEqual([names(found), found.leftOut], [["a.jpg"], 1]);
});

test("the path of a file is where it lay in its folder", () => {
  assert.equal(pathOf({ name: "a.jpg", webkitRelativePath: "set/a.jpg" }), "set/a.jpg");
  assert.equal(pathOf({ name: "a.jpg", webkitRelativePath: "" }), "a.jpg");
});
