// Sends each change to the server within two seconds and says so only when the server has confirmed it. Until then the
// labels are kept in this browser. States (events «state»): saved, waiting, saving, offline, signed-out, refused, conflict.
import { send } from "../../web/send.js";
import { claim, forget, keep } from "./pending.js";

const DELAY_MS = 600; // after the last change
const LONGEST_DELAY_MS = 1500; // after the first change that is not sent
const RETRY_MS = [1000, 2000, 4000, 8000];

const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
claim(key);

// A save on a stale version is sent once more, with what it was made from: so the server tells a conflict from an answer
// that was lost, and puts together what both have.
export async function put(address, { version, labels, saved }) {
  const answer = await putOnce(address, { version, ...labels });
  if (answer.status !== 412) return answer;
  return putOnce(address, { version, ...labels, base: saved ?? { shapes: [] } });
}

async function putOnce(address, body) {
  const answer = await send(address, body, { method: "PUT", redirect: "manual" });
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  // A redirect is the way to the sign-in page; a good answer that is not JSON comes from a proxy.
  if (answer.type === "opaqueredirect" || answer.status === 401) return { status: 401 };
  if (answer.status >= 500 || (answer.ok && !isJson)) throw new Error(`answer ${answer.status}`);
  return { status: answer.status, body: isJson ? await answer.json() : null };
}

export class Autosave extends EventTarget {
  state = "saved";
  detail = null;
  version = null;
  saved = null; // what the server has, as sent
  #changedSince = null;
  #timer = null;
  #tries = 0;
  #sending = null;
  #changed = false;

  // «read» gives {shapes, no_object} as they are now, «record» the same to be kept here; «current» the shapes themselves;
  // «about» is {photo, user, model, filename, address}.
  constructor({ address, about, read, record = read, current = () => [] }) {
    super();
    Object.assign(this, { address, about, read, record, current });
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", (event) => this.isUnsaved && event.preventDefault());
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
  }

  // With what the server has: there is nothing to send.
  begin(version, saved) {
    Object.assign(this, { version, saved });
    this.#changed = false;
    this.#forget();
  }

  #forget() {
    forget(key).catch(() => {});
    this.#setState("saved");
  }

  // Another photo on the same page; everything of the last one is sent.
  turn({ address, about }, version, saved) {
    Object.assign(this, { address, about, version, saved, state: "saved", detail: null });
  }

  get isUnsaved() {
    return this.#changed || this.#sending !== null;
  }

  changed() {
    this.#changed = true;
    this.#keep();
    this.#changedSince ??= Date.now();
    if (this.state !== "conflict") {
      if (this.state !== "offline") this.#setState("waiting");
      this.#schedule(Math.max(0, Math.min(DELAY_MS, this.#changedSince + LONGEST_DELAY_MS - Date.now())));
    }
  }

  #keep() {
    const { about, version: base, saved } = this;
    keep({ key, ...about, base, saved, labels: this.record(), at: Date.now() }).catch(() => {});
  }

  // Sends what is not sent; true when the server has everything.
  async flush() {
    if (this.#sending) await this.#sending;
    if (!this.#changed) return true;
    if (this.state === "conflict") return false;
    this.#sending = this.#send().finally(() => (this.#sending = null));
    await this.#sending;
    return !this.#changed;
  }

  #schedule(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), pause);
  }

  async #send() {
    clearTimeout(this.#timer);
    this.#changed = false;
    this.#changedSince = null;
    const labels = this.read();
    const shapes = this.current();
    if (this.state !== "offline") this.#setState("saving");
    const { version, saved } = this;
    try {
      this.#handle(labels, await put(this.address, { version, labels, saved }), shapes);
    } catch {
      this.#changed = true;
      this.#setState("offline");
      this.#schedule(RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)]);
    }
  }

  #handle(labels, { status, body }, shapes) {
    this.#tries = 0;
    if (status === 200) return this.#confirm(labels, body, shapes);
    this.#changed = true;
    this.#setState({ 401: "signed-out", 412: "conflict" }[status] ?? "refused", body);
    // Signed in again in another tab, the next try goes through.
    if (status === 401) this.#schedule(RETRY_MS.at(-1));
  }

  // What the server stored otherwise than it was sent is in «stored», by its place in what was sent.
  #confirm(labels, { version, mended, stored = [] }, shapes) {
    const saved = { ...labels, shapes: [...labels.shapes] };
    for (const { index, shape } of stored) saved.shapes[index] = shape;
    saved.shapes = saved.shapes.filter(Boolean);
    Object.assign(this, { version, saved });
    if (stored.length) {
      const detail = new Map(stored.map(({ index, shape }) => [shapes[index], shape]));
      this.dispatchEvent(new CustomEvent("stored", { detail }));
    }
    if (mended.length) this.dispatchEvent(new CustomEvent("mended", { detail: mended }));
    if (this.#changed) {
      this.#keep();
      this.#setState("waiting");
      return this.#schedule(DELAY_MS);
    }
    this.#forget();
  }

  // After a conflict: what is now in the editor replaces that version.
  resolve(version, saved) {
    Object.assign(this, { version, saved, state: "waiting" });
    this.changed();
    return this.flush();
  }

  #setState(state, detail = null) {
    Object.assign(this, { state, detail });
    this.dispatchEvent(new Event("state"));
  }
}
