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
    const now = this.editor.labels.decided;
    const decided = [...now].filter((id) => !this.#sent.has(id));
    const waiting = [...this.#sent].filter((id) => !now.has(id));
    if (this.#isSending || !(decided.length + waiting.length)) return;
    this.#isSending = true;
    const photo = this.editor.photo.id;
    try {
      const options = { redirect: "manual", keepalive: true };
      const answer = await send(this.section.dataset.decide, { decided, waiting }, options);
      if (!answer.ok) throw new Error(`suggestions: ${answer.status}`);
      if (this.editor.photo.id === photo) this.#sent = now;
      this.#hasFailed = false;
    } catch {
      if (!this.#hasFailed) toast(this.section.dataset.failed, "error");
      this.#hasFailed = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.#isSending = false;
    this.send();
  }
}
