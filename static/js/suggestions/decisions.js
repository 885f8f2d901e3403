// Sends to the server which suggestions were accepted or refused, and which are undecided again after an undo.
import { send } from "../web/send.js";
import { show as toast } from "../web/toast.js";

const RETRY_MS = 5000; // milliseconds

export class Decisions {
  #sent = new Set(); // ids that the server has as decided
  #isSending = false;
  #hasFailed = false;

  constructor(section, editor) {
    Object.assign(this, { section, editor });
  }

  // Another photo has other suggestions.
  clear() {
    this.#sent = new Set();
  }

  // One request at a time, so that the last decision arrives last; «keepalive» lets it finish after the page is left.
  async send() {
    const { labels, photo } = this.editor;
    const now = labels.decided;
    const decided = [...now].filter((id) => !this.#sent.has(id));
    const waiting = [...this.#sent].filter((id) => !now.has(id));
    if (this.#isSending || !(decided.length + waiting.length)) return;
    this.#isSending = true;
    const options = { redirect: "manual", keepalive: true };
    const answer = await send(this.section.dataset.decide, { decided, waiting }, options).catch(() => null);
    if (answer?.ok) this.#note(now, waiting, photo);
    else {
      if (!this.#hasFailed) toast(this.section.dataset.failed, "error");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.#hasFailed = !answer?.ok;
    this.#isSending = false;
    this.send();
  }

  #note(now, waiting, photo) {
    if (this.editor.photo !== photo) return;
    this.#sent = now;
    // One that was decided before the panel was fetched is not in the page.
    const isAway = (id) => !this.section.querySelector(`[data-id="${id}"]`);
    if (waiting.some(isAway)) window.htmx.trigger(this.section, "suggestions:changed");
  }
}
