// A drop zone (docs/interface.md). Files go one a request, a few at a time, so that a bad one is refused beside the good ones.
// The server answers JSON: {created: [{filename}], duplicates: [{filename, where?}], rejected: [{filename, reason}],
// remarks?: [{filename, remark, attention}], runs?: [{filename, panel}]}, or {detail} with a 4xx.
import { onDrops } from "./drop_zone.js";
import { announceIfEnded } from "../live_run.js";
import { Batch } from "./batch.js";
import { chosen } from "./files.js";
import { UploadList } from "./list.js";
import { requestOf } from "./request.js";
import { filled, megabytes, timeLeft } from "../words.js";

const SHOWN_EVERY_MS = 250;

export function start(form) {
  const text = form.dataset;
  const part = (name) => form.querySelector(name);
  const [input, folder, result, bar, progressText, stop, retry] = [
    ".upload-zone input[type=file]",
    "[data-folder]",
    ".upload-result",
    "progress",
    ".upload-far",
    "[data-stop]",
    "[data-retry]",
  ].map(part);
  const everything = "everything" in text;
  const list = new UploadList(part(".upload-files"));
  const words = JSON.parse(text.words);
  let batch = null;
  let failed = []; // files that may be sent again
  let leftOut = 0;
  let shown = 0;
  let panels = Promise.resolve(); // of the runs that work on what was sent

  function showProgress() {
    if (!batch || performance.now() - shown < SHOWN_EVERY_MS) return;
    shown = performance.now();
    const { size, arrived, secondsLeft } = batch.bytes();
    bar.value = size ? arrived / size : 0;
    const language = document.documentElement.lang;
    const values = {
      done: batch.items.length - batch.count("waiting", "sending"),
      total: batch.items.length,
      sent: megabytes(arrived, language),
      size: megabytes(size, language),
    };
    progressText.textContent = [filled(text.textProgress, values), timeLeft(secondsLeft, text)]
      .filter(Boolean)
      .join(" · ");
  }

  const page = {
    known: text.known,
    words,
    requestOf: (file) => requestOf(form, input.name, file),
    onItem: (item) => {
      if (item.state !== "waiting" || list.rows.has(item)) list.show(item);
      showProgress();
    },
    onWait: (seconds) => {
      result.textContent = seconds ? filled(text.textReconnecting, { n: seconds }) : "";
    },
    onRun: (panel) => {
      panels = panels.then(() => showRun(panel));
    },
  };

  // htmx drops requests of one source that come while others wait, so they go one after the other.
  async function showRun(panel) {
    await window.htmx.ajax("GET", panel, { target: text.runsInto, swap: "afterbegin" });
    announceIfEnded(document.querySelector(text.runsInto)?.firstElementChild);
  }

  async function add({ files, leftOut: notTaken }) {
    leftOut += notTaken;
    if (batch && !batch.isStopped) batch.add(files);
    else if (files.length) {
      list.clear();
      await send(files);
    } else {
      if (leftOut) result.textContent = filled(text.textLeftOut, { n: leftOut });
      leftOut = 0;
    }
  }

  async function send(files) {
    result.textContent = "";
    form.dataset.state = "sending";
    retry.hidden = true;
    bar.hidden = progressText.hidden = stop.hidden = false;
    bar.value = 0;
    progressText.textContent = "";
    batch = new Batch(page);
    batch.add(files);
    await batch.send();
    finish();
  }

  function finish() {
    const done = batch.count("done", "remarked");
    const there = batch.count("duplicate");
    const refused = batch.count("refused", "failed");
    const zips = batch.items.filter((item) => item.words === words.unpacking).length;
    const counts = [
      [done - zips, words.done],
      [zips, words.unpacking],
      [there, words.duplicate],
      [refused, batch.isStopped ? words.stopped : words.refused],
    ].filter(([number]) => number);
    form.dataset.state = refused === 0 ? "done" : done + there ? "refused" : "failed";
    result.textContent = [
      done + there ? text.textSuccess : "",
      counts.map(([number, word]) => `${number} ${word}`).join(" · "),
      leftOut ? filled(text.textLeftOut, { n: leftOut }) : "",
    ]
      .filter(Boolean)
      .join("  ");
    leftOut = 0;
    bar.hidden = progressText.hidden = stop.hidden = true;
    failed = batch.items.filter((item) => item.state === "failed");
    retry.hidden = !failed.length;
    retry.lastElementChild.textContent = failed.length;
    if (text.refresh && batch.created) document.dispatchEvent(new CustomEvent(text.refresh));
    batch = null;
    // Where every file was refused, the reasons stand here.
    if (text.then && form.dataset.state !== "failed") document.querySelector(text.then).requestSubmit();
  }

  function emptyTray() {
    list.clear();
    result.textContent = "";
    retry.hidden = true;
  }
  const close = part("[data-close-tray]");
  close?.addEventListener("click", () => {
    emptyTray();
    input.focus();
  });
  // Where all went well a press beside the tray closes it too.
  document.addEventListener("click", ({ target }) => {
    if (close && form.dataset.state === "done" && !form.contains(target)) emptyTray();
  });

  function take(field) {
    const files = chosen(field, everything);
    field.value = "";
    add(files);
  }
  form.addEventListener("change", ({ target }) => {
    if ([input, folder].includes(target)) take(target);
  });
  onDrops(form, add);
  form.addEventListener("submit", (event) => event.preventDefault());
  stop.addEventListener("click", () => batch?.stop());
  // What was refused before stays in sight while the rest is sent again.
  retry.addEventListener("click", () => {
    list.forget(failed);
    send(failed.map((item) => item.file));
  });
  // Files that still wait would be lost; those that arrived are not sent again.
  window.addEventListener("beforeunload", (event) => {
    if (batch && form.isConnected) event.preventDefault();
  });
  // Files that were chosen before this script came.
  for (const field of [input, folder]) if (field?.files.length) take(field);
}
