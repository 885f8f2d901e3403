// The queue of one upload: the state of each file, and the progress of all.
import { Connection, post } from "./request.js";
import { locate } from "./known.js";

const AT_ONCE = 3;
const LOOKED_UP_AT_ONCE = 40;
const HASHED_BYTES_AT_MOST = 256 * 2 ** 20;

export class Batch {
  // ``page``: {known, requestOf(file), words, onItem(item), onWait(seconds), onRun(address)}
  constructor(page) {
    this.page = page;
    this.items = [];
    this.unknown = [];
    this.ready = [];
    this.created = 0;
    this.stopping = new AbortController();
    this.connection = new Connection((seconds) => page.onWait(seconds));
    this.isOffline = false;
    this.lookedUp = false;
    this.began = performance.now();
    this.news = Promise.withResolvers();
  }

  add(files) {
    for (const file of files) {
      const item = { file, state: "waiting", words: this.page.words.waiting, loaded: 0 };
      this.items.push(item);
      (this.page.known && file.size < HASHED_BYTES_AT_MOST ? this.unknown : this.ready).push(item);
    }
    if (this.lookedUp) this.looking = this.lookUp();
    this.wake();
  }

  async send() {
    this.looking = this.lookUp();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.sendAll()));
    await this.looking;
    for (const item of [...this.unknown, ...this.ready]) {
      this.mark(item, "failed", this.isStopped ? this.page.words.stopped : this.page.words.offline);
    }
  }

  stop() {
    this.stopping.abort();
    this.wake();
  }

  count(...states) {
    return this.items.filter((item) => states.includes(item.state)).length;
  }

  bytes() {
    const sum = (bytesOf) => this.items.reduce((total, item) => total + bytesOf(item), 0);
    const size = sum(({ file }) => file.size);
    const arrived = sum(({ file, state, loaded }) =>
      ["waiting", "sending"].includes(state) ? loaded : file.size,
    );
    // Files that the server had already took no time, and would make the estimate too short.
    const sent = sum(({ loaded }) => loaded);
    const seconds = (performance.now() - this.began) / 1000;
    return { size, arrived, secondsLeft: sent ? (seconds / sent) * (size - arrived) : null };
  }

  mark(item, state, words) {
    Object.assign(item, { state, words });
    this.page.onItem(item);
  }

  get isStopped() {
    return this.stopping.signal.aborted;
  }

  get isOver() {
    return this.isStopped || this.isOffline;
  }

  // Those who wait for a file look again.
  wake() {
    this.news.resolve();
    this.news = Promise.withResolvers();
  }

  async lookUp() {
    this.lookedUp = false;
    let atOnce = 8; // the first are sent soon
    while (this.unknown.length && !this.isOver) {
      const items = this.unknown.splice(0, atOnce);
      atOnce = LOOKED_UP_AT_ONCE;
      const places = await locate(
        items.map(({ file }) => file),
        this.page.known,
      );
      items.forEach((item, index) => {
        if (places[index]) this.mark(item, "duplicate", places[index]);
        else this.ready.push(item);
      });
      this.wake();
    }
    this.lookedUp = true;
    this.wake();
  }

  // The next file to send; undefined when the queue is finished.
  async next() {
    while (!this.ready.length && !this.lookedUp && !this.isOver) await this.news.promise;
    return this.isOver ? undefined : this.ready.shift();
  }

  async sendAll() {
    for (let item = await this.next(); item; item = await this.next()) await this.sendItem(item);
  }

  async sendItem(item) {
    const { words } = this.page;
    this.mark(item, "sending", "0%");
    const { address, body, type } = this.page.requestOf(item.file);
    const answer = await post(address, body, {
      type,
      signal: this.stopping.signal,
      onProgress: (loaded, total) => {
        item.loaded = item.file.size * Math.min(1, loaded / total);
        const share = `${Math.floor((100 * loaded) / total)}%`;
        this.mark(item, "sending", loaded < total ? share : words.checking);
      },
    });
    if (answer.broken && (await this.connection.retry(this.stopping.signal))) {
      item.loaded = 0;
      this.mark(item, "waiting", words.waiting);
      this.ready.unshift(item);
      return;
    }
    if (answer.broken) this.isOffline = true;
    else this.connection.reset();
    item.loaded = item.file.size;
    this.created += answer.created?.length ?? 0;
    this.mark(item, ...this.outcome(item.file.name, answer));
    if (answer.runs?.length) this.page.onRun(answer.runs[0].panel);
  }

  // The state and the words of a file that was answered.
  outcome(name, answer) {
    const { words } = this.page;
    const [refusal, known, run, made, remark] = ["rejected", "duplicates", "runs", "created", "remarks"].map(
      (what) => answer[what]?.[0],
    );
    if (answer.broken) return ["failed", words.offline];
    if (answer.stopped) return ["failed", words.stopped];
    if (answer.signedOut) return ["failed", words.signedOut];
    if (answer.refused) return ["refused", answer.refused];
    if (refusal) return ["refused", refusal.reason];
    if (known) return ["duplicate", known.where ?? words.duplicate];
    if (remark?.attention) return ["remarked", remark.remark];
    if (run) return ["done", words.unpacking];
    if (made && made.filename !== name) return ["done", words.renamed.replace("{name}", made.filename)];
    return ["done", words.done];
  }
}
