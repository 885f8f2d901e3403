// Labels that an earlier page of this browser could not send: of this photo they come into the editor, of others they are
// sent as they are. Where somebody saved in between, nothing is overwritten: the person is led to the photo.
import { put } from "./autosave.js";
import { asDrawn } from "./conflict.js";
import { forget, leftBehind } from "./pending.js";
import { fromServer, sameLabels } from "./shape.js";

export async function sendLeftBehind(editor, theirs) {
  const records = await leftBehind(editor.save.about.user).catch(() => []);
  const own = records.filter((record) => record.photo === editor.photo.id);
  for (const record of own.slice(0, -1)) if (sameLabels(record.labels, own.at(-1).labels)) await forget(record.key);
  if (own.length) await bringBack(editor, own.at(-1), theirs);
  for (const record of records) if (record.photo !== editor.photo.id) await send(editor, record).catch(() => {});
}

async function bringBack(editor, record, theirs) {
  const goesOn = record.base === theirs.version || (record.saved && sameLabels(record.saved, theirs));
  const done = () => editor.save.state === "saved" && forget(record.key);
  if (sameLabels(record.labels, theirs)) return forget(record.key);
  const forgetWhenSaved = () => editor.save.addEventListener("state", done);
  if (goesOn) {
    forgetWhenSaved();
    editor.labels.commit(record.labels.shapes.map((item) => fromServer(asDrawn(item))), { noObject: record.labels.no_object });
    editor.announce("brought-back");
  } else editor.conflict.show(record.labels, theirs, forgetWhenSaved); // undecided, it is kept and asked for again
}

async function send(editor, record) {
  const { status, body } = await put(record.address, { version: record.base, ...record.labels }, editor.token);
  if (status === 200) {
    await forget(record.key);
    return editor.announce("sent-later", { photo: record.filename });
  }
  if (status === 404) return forget(record.key);
  if (status !== 412) return body;
  const theirs = await (await fetch(record.address, { headers: { Accept: "application/json" } })).json();
  if (sameLabels(record.labels, theirs)) return forget(record.key);
  if (record.saved && sameLabels(record.saved, theirs)) return send(editor, { ...record, base: theirs.version, saved: null });
  const link = document.getElementById("unsent-labels");
  link.hidden = false;
  link.querySelector("a").href = record.page;
  link.querySelector("[data-photo]").textContent = record.filename;
}
