// A drop zone (docs/interface.md). Files go one a request, a few at a time, so that a bad one is refused beside the good
// ones; with data-together all go in one request (a COCO file with its photos).
// The server answers JSON: {created: [{id, filename}], duplicates: [{filename, where?}], rejected: [{filename, reason}],
// remarks?: [{filename, remark, attention}], runs?: [{filename, panel}]}, or {detail} with a 4xx; {redirect} leads on to another page.
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
  const [input, result, bar, progressText, stop, retry] = [
    ".upload-zone input[type=file]",
    ".upload-result",
    "progress",
    ".upload-far",
    "[data-stop]",
    "[data-retry]",
  ].map(part);
  const folder = part("[data-folder]");
  const everything = "everything" in text;
  const others = [...form.querySelectorAll("input[type=file]")].filter(
    (other) => ![input, folder].includes(other),
  );
  const list = new UploadList(part(".upload-files"));
  const words = JSON.parse(text.words);
  let batch = null;
  let failed = []; // items that may be sent again
  let leftOut = 0;
  let shown = 0;
  let panels = Promise.resolve(); // of the runs that work on what was sent

  function showProgress(now = false) {
    if (!batch || (!now && performance.now() - shown < SHOWN_EVERY_MS)) return;
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
    requestOf: (files) => requestOf(form, input.name, files),
    onItem: (item) => {
      if (item.state !== "waiting" || list.rows.has(item)) list.show(item);
    },
    onProgress: showProgress,
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

  async function add({ files, leftOut: notTaken = 0, again = false }) {
    leftOut += notTaken;
    if (!files.length) {
      if (notTaken) result.textContent = filled(text.textLeftOut, { n: notTaken });
      leftOut = 0;
      return;
    }
    const groups = text.together === "true" ? [files] : files.map((file) => [file]);
    if (batch && !batch.isStopped) {
      batch.add(groups);
      return;
    }
    // What was refused before stays in sight while the rest is sent again.
    if (again) list.forget(failed);
    else list.clear();
    begin();
    batch.add(groups);
    await batch.send();
    finish();
  }

  function begin() {
    result.textContent = "";
    retry.hidden = true;
    batch = new Batch(page);
    form.dataset.state = "sending";
    bar.hidden = progressText.hidden = stop.hidden = false;
    bar.value = 0;
    progressText.textContent = "";
  }

  function finish() {
    const { created, redirect, isStopped } = batch;
    const [done, there, refused] = [
      batch.count("done", "remarked"),
      batch.count("duplicate"),
      batch.count("refused", "failed"),
    ];
    failed = batch.items.filter((item) => item.state === "failed");
    bar.hidden = progressText.hidden = stop.hidden = true;
    const zips = batch.items.filter((item) => item.words === words.unpacking).length;
    batch = null;
    const parts = [
      [done - zips, words.done],
      [zips, words.unpacking],
      [there, words.duplicate],
      [refused, isStopped ? words.stopped : words.refused],
    ].filter(([number]) => number);
    form.dataset.state = refused === 0 ? "done" : done + there ? "refused" : "failed";
    result.textContent = [
      done + there ? text.textSuccess : "",
      parts.map(([number, word]) => `${number} ${word}`).join(" · "),
      leftOut ? filled(text.textLeftOut, { n: leftOut }) : "",
    ]
      .filter(Boolean)
      .join("  ");
    leftOut = 0;
    retry.hidden = !failed.length;
    retry.lastElementChild.textContent = failed.length;
    keep(created);
    form.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail: { created } }));
    if (text.refresh && created.length) {
      document.dispatchEvent(new CustomEvent(text.refresh, { bubbles: true }));
    }
    if (redirect) location.assign(redirect);
  }

  // The ids of what arrived go into another form as hidden fields: data-into (selector), data-into-field (name).
  function keep(created) {
    const target = text.into && document.querySelector(text.into);
    if (!target) return;
    for (const { id } of created) {
      const field = Object.assign(document.createElement("input"), {
        type: "hidden",
        name: text.intoField,
        value: id,
      });
      target.append(field);
    }
  }

  const emptyTray = () => {
    list.clear();
    result.textContent = "";
    retry.hidden = true;
  };
  const close = part("[data-close-tray]");
  close?.addEventListener("click", () => {
    emptyTray();
    part(".upload-zone").querySelector("input").focus();
  });
  // Where all went well a press beside the tray closes it too.
  document.addEventListener("click", ({ target }) => {
    if (close && form.dataset.state === "done" && !form.contains(target)) emptyTray();
  });

  const fields = [input, folder].filter(Boolean);
  for (const field of fields) {
    field.addEventListener("change", () => {
      const files = chosen(field, everything);
      field.value = "";
      add(files);
    });
  }
  onDrops(form, add);
  form.addEventListener("submit", (event) => event.preventDefault());
  stop.addEventListener("click", () => batch?.stop());
  retry.addEventListener("click", () => add({ files: failed.map((item) => item.file), again: true }));
  for (const other of others) other.addEventListener("change", () => delete form.dataset.state);
  // Files that still wait would be lost; those that arrived are not sent again.
  window.addEventListener("beforeunload", (event) => {
    if (batch && form.isConnected) event.preventDefault();
  });

  // Files that were chosen before the scripts of the page ran; coco_upload.js wants to see them first.
  const early = () => {
    for (const field of fields) {
      if (field.files.length) field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  if (document.readyState === "complete") early();
  else window.addEventListener("load", early, { once: true });
}
