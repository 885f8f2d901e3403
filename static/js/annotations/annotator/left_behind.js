// Labels that an earlier page of this browser could not send: of this photo they come into the editor, of others they are
// sent as they are. What the server does not take is listed with what to do, and stays until the person decides.
import { put } from "./autosave.js";
import { asDrawn } from "./conflict.js";
import { forget, leftBehind } from "./pending.js";
import { fromServer, sameLabels } from "./shape.js";

const REASONS = { 403: "forbidden", 404: "gone", 412: "changed" };

export async function sendLeftBehind(editor, theirs) {
  const records = await withoutRepeats(await leftBehind(editor.save.about.user).catch(() => []));
  if (editor.readOnly) return records.forEach((record) => list(editor, record, { status: 403 }));
  const own = records.filter((record) => record.photo === editor.photo.id);
  if (own.length) await bringBack(editor, own.at(-1), theirs);
  for (const record of records) {
    if (record.photo !== editor.photo.id) await send(editor, record).catch(() => {});
  }
}

// The same labels may have been kept by two pages: those of the later one count.
async function withoutRepeats(records) {
  const isRepeated = (record, at) =>
    records
      .slice(at + 1)
      .some((later) => later.photo === record.photo && sameLabels(later.labels, record.labels));
  for (const record of records.filter(isRepeated)) await forget(record.key);
  return records.filter((record, at) => !isRepeated(record, at));
}

async function bringBack(editor, record, theirs) {
  const goesOn = record.base === theirs.version || (record.saved && sameLabels(record.saved, theirs));
  const done = () => editor.save.state === "saved" && forget(record.key);
  if (sameLabels(record.labels, theirs)) return forget(record.key);
  const forgetWhenSaved = () => editor.save.addEventListener("state", done);
  if (goesOn) {
    forgetWhenSaved();
    editor.labels.commit(
      record.labels.shapes.map((item) => fromServer(asDrawn(item))),
      { noObject: record.labels.no_object },
    );
    editor.announce("brought-back");
  } else editor.conflict.show(record.labels, theirs, forgetWhenSaved); // undecided, it is kept and asked for again
}

async function send(editor, record) {
  const answer = await put(record.address, { version: record.base, ...record.labels }, editor.token);
  if (answer.status === 200) {
    await forget(record.key);
    return editor.announce("sent-later", { photo: record.filename });
  }
  if (answer.status === 412) {
    const theirs = await (await fetch(record.address, { headers: { Accept: "application/json" } })).json();
    if (sameLabels(record.labels, theirs)) return forget(record.key);
    if (record.saved && sameLabels(record.saved, theirs)) {
      return send(editor, { ...record, base: theirs.version, saved: null });
    }
  }
  if (answer.status !== 401) list(editor, record, answer); // who signed out is led to sign in by the page itself
}

function list(editor, record, { status, body }) {
  const place = document.getElementById("unsent-labels");
  const row = place.querySelector("template").content.firstElementChild.cloneNode(true);
  const reason = REASONS[status] ?? "refused";
  row.querySelector("[data-sentence]").textContent = place.dataset[reason]
    .replace("{photo}", record.filename)
    .replace("{reason}", body?.detail ?? status);
  for (const way of row.querySelectorAll("[data-for]")) {
    way.hidden = !way.dataset.for.split(" ").includes(reason);
  }
  row.querySelector("a").href = record.page;
  const leave = () => {
    row.remove();
    place.hidden = !place.querySelector(".notice");
  };
  row.querySelector("[data-send-again]").addEventListener("click", () => {
    if (editor.readOnly) return location.reload();
    leave();
    send(editor, record).catch(() => list(editor, record, { status, body }));
  });
  row.querySelector("[data-throw-away]").addEventListener("click", () => askToThrowAway(record, leave));
  place.append(row);
  place.hidden = false;
}

function askToThrowAway(record, leave) {
  const dialog = document.getElementById("throw-away-unsent");
  dialog.querySelector("[data-photo]").textContent = record.filename;
  dialog.querySelector("[data-confirm]").onclick = async () => {
    dialog.close();
    await forget(record.key);
    leave();
  };
  dialog.showModal();
}
