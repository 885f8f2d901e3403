// Labels that an earlier page of this browser could not send: of this photo they come into the editor, of others they are
// sent as they are. What the server refuses is listed with the choices, and is kept until the person decides.
import { filled } from "../../web/words.js";
import { put } from "./autosave.js";
import { asDrawn } from "./conflict.js";
import { forget, findUnsent } from "./pending.js";
import { fromServer, sameLabels } from "./shape.js";

const REASONS = { 403: "forbidden", 404: "gone", 412: "changed" };

export async function sendUnsent(editor, theirs) {
  const records = await withoutDuplicates(await findUnsent(editor.save.about.user).catch(() => []));
  if (editor.readOnly) return records.forEach((record) => showUnsent(editor, record, { status: 403 }));
  const own = records.filter((record) => record.photo === editor.photo.id);
  if (own.length) await restore(editor, own.at(-1), theirs);
  for (const record of records) {
    if (record.photo !== editor.photo.id) await send(editor, record).catch(() => {});
  }
}

// Two pages may have kept the same labels: only the later record counts.
async function withoutDuplicates(records) {
  const isDuplicate = (record, at) =>
    records
      .slice(at + 1)
      .some((later) => later.photo === record.photo && sameLabels(later.labels, record.labels));
  for (const record of records.filter(isDuplicate)) await forget(record.key);
  return records.filter((record, at) => !isDuplicate(record, at));
}

async function restore(editor, record, theirs) {
  const isUpToDate = record.base === theirs.version || (record.saved && sameLabels(record.saved, theirs));
  const forgetIfSaved = () => editor.save.state === "saved" && forget(record.key);
  if (sameLabels(record.labels, theirs)) return forget(record.key);
  const forgetWhenSaved = () => editor.save.addEventListener("state", forgetIfSaved);
  if (isUpToDate) {
    forgetWhenSaved();
    editor.labels.commit(
      record.labels.shapes.map((item) => fromServer(asDrawn(item))),
      { noObject: record.labels.no_object },
    );
    editor.announce("brought-back");
  } else editor.conflict.show(record.labels, theirs, record.saved, forgetWhenSaved); // undecided, it is kept and asked for again
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
  if (answer.status !== 401) showUnsent(editor, record, answer); // the page itself leads to the sign-in
}

function showUnsent(editor, record, { status, body }) {
  const place = document.getElementById("unsent-labels");
  const row = place.querySelector("template").content.firstElementChild.cloneNode(true);
  const reason = REASONS[status] ?? "refused";
  const values = { photo: record.filename, reason: body?.detail ?? status };
  row.querySelector("[data-sentence]").textContent = filled(place.dataset[reason], values);
  for (const way of row.querySelectorAll("[data-for]")) {
    way.hidden = !way.dataset.for.split(" ").includes(reason);
  }
  row.querySelector("a").href = record.page;
  const close = () => {
    row.remove();
    place.hidden = !place.querySelector(".notice");
  };
  row.querySelector("[data-send-again]").addEventListener("click", () => {
    if (editor.readOnly) return location.reload();
    close();
    send(editor, record).catch(() => showUnsent(editor, record, { status, body }));
  });
  row.querySelector("[data-throw-away]").addEventListener("click", () => confirmDiscard(record, close));
  place.append(row);
  place.hidden = false;
}

function confirmDiscard(record, close) {
  const dialog = document.getElementById("throw-away-unsent");
  dialog.querySelector("[data-photo]").textContent = record.filename;
  dialog.querySelector("[data-confirm]").onclick = async () => {
    dialog.close();
    await forget(record.key);
    close();
  };
  dialog.showModal();
}
