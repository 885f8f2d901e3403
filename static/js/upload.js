// A drop zone. Files go one by one, two at a time, so that a bad one is refused beside the good ones;
// with data-together all go in one request (a COCO file with its photos).
// The server answers JSON: {created: [{id, filename}], duplicates: [{filename, where?}], rejected: [{filename, reason}]}, or
// {detail} with a 4xx; {redirect} leads on to another page.
const AT_ONCE = 2;

export function start(form) {
  const text = form.dataset;
  const zone = form.querySelector(".upload-zone");
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector(".upload-files");
  const result = form.querySelector(".upload-result");
  const bar = form.querySelector("progress");
  const others = [...form.querySelectorAll("input[type=file]")].filter((other) => other !== input);
  let batch = null;

  function row(file) {
    const item = document.createElement("li");
    item.className = "upload-file";
    const name = document.createElement("span");
    name.className = "upload-name";
    name.textContent = name.title = file.name;
    const state = document.createElement("span");
    state.className = "upload-state";
    item.append(name, state);
    list.append(item);
    mark(item, "waiting", text.textWaiting);
    return item;
  }

  function mark(item, state, words) {
    item.dataset.state = state;
    item.lastElementChild.textContent = words;
    // What needs attention stands first.
    if (state === "refused") list.prepend(item);
  }

  function send(files, onProgress) {
    return new Promise((resolve) => {
      const data = new FormData(form);
      data.delete(input.name);
      for (const file of files) data.append(input.name, file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
      request.responseType = "json";
      request.upload.onprogress = (event) => onProgress(event.loaded, event.total);
      request.onload = () => resolve(request.status < 300
        ? request.response ?? {}
        : { failed: request.response?.detail ?? `${text.textRefused} (${request.status})` });
      request.onerror = () => resolve({ failed: text.textOffline });
      request.send(data);
    });
  }

  function settle(rows, answer) {
    for (const [file, item] of rows) {
      const meant = (one) => one.filename === file.name || rows.length === 1;
      const refusal = answer.rejected?.find(meant);
      const known = answer.duplicates?.find(meant);
      if (answer.failed) mark(item, "refused", answer.failed);
      else if (refusal) mark(item, "refused", refusal.reason);
      else if (known) mark(item, "duplicate", known.where ?? text.textDuplicate);
      else mark(item, "done", text.textDone);
    }
    batch.created.push(...(answer.created ?? []));
    batch.redirect ??= answer.redirect;
  }

  async function sendGroup(rows) {
    const size = rows.reduce((sum, [file]) => sum + file.size, 0);
    let counted = 0;
    const count = (share) => {
      batch.sent += share * size - counted;
      counted = share * size;
      bar.value = batch.sent / batch.size;
    };
    for (const [, item] of rows) mark(item, "sending", "0%");
    settle(rows, await send(rows.map(([file]) => file), (loaded, total) => {
      count(loaded / total);
      for (const [, item] of rows) mark(item, "sending", loaded < total ? `${Math.floor((100 * loaded) / total)}%` : text.textChecking);
    }));
    count(1);
  }

  async function add(files) {
    const rows = [...files].map((file) => [file, null]);
    if (!rows.length) return;
    if (!batch) {
      list.replaceChildren();
      result.textContent = "";
    }
    for (const pair of rows) pair[1] = row(pair[0]);
    const groups = text.together === "true" ? [rows] : rows.map((pair) => [pair]);
    const size = rows.reduce((sum, [file]) => sum + file.size, 0) || 1;
    if (batch) {
      batch.waiting.push(...groups);
      batch.size += size;
      return;
    }
    batch = { waiting: groups, sent: 0, size, created: [] };
    form.dataset.state = "sending";
    bar.hidden = false;
    bar.value = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (batch.waiting.length) await sendGroup(batch.waiting.shift());
    }));
    finish();
  }

  function finish() {
    const { created, redirect } = batch;
    batch = null;
    bar.hidden = true;
    const count = (state) => list.querySelectorAll(`[data-state="${state}"]`).length;
    const [done, there, refused] = [count("done"), count("duplicate"), count("refused")];
    const parts = [[done, text.textDone], [there, text.textDuplicate], [refused, text.textRefused]].filter(([number]) => number);
    form.dataset.state = refused === 0 ? "done" : done + there ? "refused" : "failed";
    result.textContent = [refused ? "" : text.textSuccess, parts.map(([number, word]) => `${number} ${word}`).join(" · ")].filter(Boolean).join("  ");
    keep(created);
    form.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail: { created } }));
    if (text.refresh && created.length) document.dispatchEvent(new CustomEvent(text.refresh, { bubbles: true }));
    if (redirect) location.assign(redirect);
  }

  // The ids of what arrived go into another form as hidden fields: data-into (selector), data-into-field (name).
  function keep(created) {
    const target = text.into && document.querySelector(text.into);
    if (!target) return;
    for (const { id } of created) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: text.intoField, value: id });
      target.append(field);
    }
  }

  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    add(files);
  });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => { event.preventDefault(); form.dataset.over = ""; });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => delete form.dataset.over);
  zone.addEventListener("drop", (event) => { event.preventDefault(); add(event.dataTransfer.files); });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const other of others) other.addEventListener("change", () => delete form.dataset.state);

  // Files that were chosen before the scripts of the page ran; coco_upload.js wants to see them first.
  const early = () => input.files.length && input.dispatchEvent(new Event("change", { bubbles: true }));
  if (document.readyState === "complete") early();
  else window.addEventListener("load", early, { once: true });
}
