// Sends each change to the server within two seconds and says so only when the server has confirmed it. Until then the
// labels are kept in this browser. States (events «state»): saved, waiting, saving, offline, signed-out, refused, conflict.
import { answerFor, forget, keep } from "./pending.js";
import { sameLabels } from "./shape.js";

const PAUSE = 600; // after the last change
const LONGEST = 1500; // after the first change that is not sent
const TRY_AGAIN = [1000, 2000, 4000, 8000];

const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
answerFor(key);

export async function put(address, body, token) {
  const answer = await fetch(address, {
    method: "PUT",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
    redirect: "manual",
    credentials: "same-origin",
  });
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  // A redirect is the way to the sign-in page; a good answer that is no JSON comes from something between.
  if (answer.type === "opaqueredirect" || answer.status === 401) return { status: 401 };
  if (answer.status >= 500 || (answer.ok && !isJson)) throw new Error(`answer ${answer.status}`);
  return { status: answer.status, body: isJson ? await answer.json() : null };
}

export class Autosave extends EventTarget {
  state = "saved";
  detail = null;
  version = null;
  saved = null; // what the server has, as sent
  #first = null;
  #timer = null;
  #tries = 0;
  #sending = null;
  #changed = false;

  // «read» gives {shapes, no_object} as they are now; «about» is {photo, user, model, filename, address}.
  constructor({ address, token, about, read }) {
    super();
    Object.assign(this, { address, token, about, read });
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", (event) => this.isUnsaved && event.preventDefault());
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
  }

  begin(version, saved) {
    Object.assign(this, { version, saved });
    this.#changed = false;
    this.#say("saved");
  }

  get isUnsaved() {
    return this.#changed || this.#sending !== null;
  }

  changed() {
    this.#changed = true;
    keep({
      key,
      ...this.about,
      base: this.version,
      saved: this.saved,
      labels: this.read(),
      at: Date.now(),
    }).catch(() => {});
    this.#first ??= Date.now();
    if (this.state !== "conflict") {
      if (this.state !== "offline") this.#say("waiting");
      this.#plan(Math.max(0, Math.min(PAUSE, this.#first + LONGEST - Date.now())));
    }
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

  #plan(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), pause);
  }

  async #send() {
    clearTimeout(this.#timer);
    this.#changed = false;
    this.#first = null;
    const labels = this.read();
    if (this.state !== "offline") this.#say("saving");
    try {
      await this.#take(labels, await put(this.address, { version: this.version, ...labels }, this.token));
    } catch {
      this.#changed = true;
      this.#say("offline");
      this.#plan(TRY_AGAIN[Math.min(this.#tries++, TRY_AGAIN.length - 1)]);
    }
  }

  async #take(labels, { status, body }) {
    this.#tries = 0;
    if (status === 200) return this.#confirm(labels, body);
    this.#changed = true;
    if (status === 412) return this.#compare(labels);
    this.#say(status === 401 ? "signed-out" : "refused", body);
    // Signed in again in another tab, the next try goes through.
    if (status === 401) this.#plan(TRY_AGAIN.at(-1));
  }

  #confirm(labels, { version, mended }) {
    Object.assign(this, { version, saved: labels });
    if (mended.length) this.dispatchEvent(new CustomEvent("mended", { detail: mended }));
    if (this.#changed) {
      keep({ key, ...this.about, base: version, saved: labels, labels: this.read(), at: Date.now() }).catch(
        () => {},
      );
      this.#say("waiting");
      return this.#plan(PAUSE);
    }
    forget(key).catch(() => {});
    this.#say("saved");
  }

  // Somebody saved in between, or it was we ourselves and the answer was lost, or nothing of the labels changed.
  async #compare(mine) {
    const theirs = await (await fetch(this.address, { headers: { Accept: "application/json" } })).json();
    if (sameLabels(theirs, mine)) {
      this.#changed = false;
      return this.#confirm(mine, { version: theirs.version, mended: [] });
    }
    if (this.saved && sameLabels(theirs, this.saved)) {
      this.version = theirs.version;
      return this.#plan(0);
    }
    this.#say("conflict", theirs);
  }

  // The person has chosen: what is now in the editor goes over that version.
  resolve(version, saved) {
    Object.assign(this, { version, saved, state: "waiting" });
    this.changed();
    return this.flush();
  }

  // Theirs was taken: nothing is to be sent.
  async accept(version, saved) {
    await forget(key).catch(() => {});
    this.begin(version, saved);
  }

  #say(state, detail = null) {
    Object.assign(this, { state, detail });
    this.dispatchEvent(new Event("state"));
  }
}
