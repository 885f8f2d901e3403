// Labels that an earlier page of this browser could not send: of this photo they come into the editor, of others they are
// sent as they are. What the server refuses is listed with the choices, and is kept until the person decides.
import { filled } from "../../web/words.js";
import { put } from "./autosave.js";
import { forget, findUnsent } from "./pending.js";
import { sameLabels } from "./shape.js";

const REASONS = { 403: "forbidden", 404: "gone", 412: "changed" };

export async function sendUnsent(editor, theirs) {
  const records = await withoutDuplicates(await findUnsent(editor.save.about.user).catch(() => []));
  if (editor.readOnly) return records.forEach((record) => showUnsent(editor, record, { status: 403 }));
  const isOwn = (record) => record.photo === editor.photo.id;
  const own = records.findLast(isOwn);
  if (own) await restore(editor, own, theirs);
  for (const record of records) if (!isOwn(record)) await send(editor, record).catch(() => {});
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

// As if it were drawn now on what it was drawn on: a version that somebody else saved meanwhile is a conflict as always.
function restore(editor, record, theirs) {
  if (sameLabels(record.labels, theirs)) return forget(record.key);
  const { save } = editor;
  save.begin(record.base, record.saved);
  save.addEventListener("state", () => save.state === "saved" && forget(record.key));
  editor.commit(record.labels);
  if (record.base === theirs.version) editor.announce("brought-back");
}

async function send(editor, record) {
  const { base: version, labels, saved, filename: photo } = record;
  const answer = await put(record.address, { version, labels, saved });
  if (answer.status === 401) return; // the page itself leads to the sign-in
  if (answer.status !== 200) return showUnsent(editor, record, answer);
  await forget(record.key);
  editor.announce("sent-later", { photo });
}

function showUnsent(editor, record, answer) {
  const { status, body } = answer;
  const place = document.getElementById("unsent-labels");
  const reason = REASONS[status] ?? "refused";
  const row = place.querySelector("template").content.firstElementChild.cloneNode(true);
  const values = { photo: record.filename, reason: body?.detail ?? status };
  row.querySelector("[data-sentence]").textContent = filled(place.dataset[reason], values);
  for (const way of row.querySelectorAll("[data-for]")) {
    way.hidden = !way.dataset.for.split(" ").includes(reason);
  }
  row.querySelector("a").href = record.page;
  row.querySelector("[data-send-again]").onclick = () => {
    if (editor.readOnly) return location.reload();
    row.remove();
    send(editor, record).catch(() => showUnsent(editor, record, answer));
  };
  row.querySelector("[data-throw-away]").onclick = () => confirmDiscard(record, row);
  place.append(row);
}

function confirmDiscard(record, row) {
  const dialog = document.getElementById("throw-away-unsent");
  dialog.querySelector("[data-photo]").textContent = record.filename;
  dialog.querySelector("[data-confirm]").onclick = async () => {
    dialog.close();
    await forget(record.key);
    row.remove();
  };
  dialog.showModal();
}
