// The queue of one upload: the state of each file, and the progress of all.
import { Connection, post } from "./request.js";
import { locate } from "./known.js";

const AT_ONCE = 3;
const LOOKED_UP_AT_ONCE = 40;
const HASHED_BYTES_AT_MOST = 256 * 2 ** 20;

export class Batch {
  // ``page``: {known, requestOf(files), words, onItem(item), onProgress(), onWait(seconds), onRun(address)}
  constructor(page) {
    this.page = page;
    this.items = [];
    this.unknown = [];
    this.ready = [];
    this.created = [];
    this.redirect = undefined;
    this.stopping = new AbortController();
    this.connection = new Connection((seconds) => page.onWait(seconds));
    this.isOffline = false;
    this.lookedUp = false;
    this.began = performance.now();
    this.wake = () => {};
  }

  // Groups of files; each group is one request.
  add(groups) {
    for (const files of groups) {
      const group = files.map((file) => ({
        file,
        state: "waiting",
        words: this.page.words.waiting,
        loaded: 0,
      }));
      this.items.push(...group);
      const lookUp = this.page.known && group.length === 1 && group[0].file.size < HASHED_BYTES_AT_MOST;
      (lookUp ? this.unknown : this.ready).push(group);
    }
    if (this.lookedUp) this.looking = this.lookUp();
    this.wake();
  }

  async send() {
    this.looking = this.lookUp();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.sendAll()));
    await this.looking;
    for (const item of [...this.unknown, ...this.ready].flat()) {
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
    const size = this.items.reduce((sum, item) => sum + item.file.size, 0);
    const arrived = this.items.reduce(
      (sum, item) =>
        sum + (item.state === "waiting" ? 0 : item.state === "sending" ? item.loaded : item.file.size),
      0,
    );
    // Files that the server had already took no time, and would make the estimate too short.
    const sent = this.items.reduce(
      (sum, item) => sum + (item.state === "duplicate" && !item.loaded ? 0 : item.loaded),
      0,
    );
    return {
      size,
      arrived,
      secondsLeft: sent ? ((performance.now() - this.began) / 1000 / sent) * (size - arrived) : null,
    };
  }

  mark(item, state, words) {
    item.state = state;
    item.words = words;
    this.page.onItem(item);
    this.page.onProgress();
  }

  get isStopped() {
    return this.stopping.signal.aborted;
  }

  get isOver() {
    return this.isStopped || this.isOffline;
  }

  async lookUp() {
    this.lookedUp = false;
    let atOnce = 8; // the first are sent soon
    while (this.unknown.length && !this.isOver) {
      const groups = this.unknown.splice(0, atOnce);
      atOnce = LOOKED_UP_AT_ONCE;
      const places = await locate(
        groups.map(([item]) => item.file),
        this.page.known,
      );
      groups.forEach((group, index) => {
        if (places[index]) this.mark(group[0], "duplicate", places[index]);
        else this.ready.push(group);
      });
      this.wake();
    }
    this.lookedUp = true;
    this.wake();
  }

  // The next group to send; undefined when the queue is finished.
  async next() {
    while (!this.ready.length && !this.lookedUp && !this.isOver) {
      await new Promise((resolve) => {
        const others = this.wake;
        this.wake = () => {
          others();
          resolve();
        };
      });
    }
    return this.isOver ? undefined : this.ready.shift();
  }

  async sendAll() {
    for (let group = await this.next(); group; group = await this.next()) await this.sendGroup(group);
  }

  async sendGroup(group) {
    const { words } = this.page;
    const size = group.reduce((sum, item) => sum + item.file.size, 0);
    for (const item of group) this.mark(item, "sending", "0%");
    const { address, body, type } = this.page.requestOf(group.map((item) => item.file));
    const answer = await post(address, body, {
      type,
      signal: this.stopping.signal,
      onProgress: (loaded, total) => {
        for (const item of group) {
          item.loaded = item.file.size * Math.min(1, loaded / total);
          this.mark(
            item,
            "sending",
            loaded < total ? `${Math.floor((100 * loaded) / total)}%` : words.checking,
          );
        }
      },
    });
    if (answer.broken && (await this.connection.retry(this.stopping.signal))) {
      for (const item of group) {
        item.loaded = 0;
        this.mark(item, "waiting", words.waiting);
      }
      this.ready.unshift(group);
      return;
    }
    if (answer.broken) this.isOffline = true;
    else this.connection.reset();
    for (const item of group) item.loaded = size ? item.file.size : 0;
    this.settle(group, answer);
  }

  settle(group, answer) {
    const { words } = this.page;
    const failed = answer.broken
      ? words.offline
      : answer.stopped
        ? words.stopped
        : answer.signedOut
          ? words.signedOut
          : null;
    for (const item of group) {
      const meant = (one) => one.filename === item.file.name || group.length === 1;
      const refusal = answer.rejected?.find(meant);
      const known = answer.duplicates?.find(meant);
      const run = answer.runs?.find(meant);
      const made = group.length === 1 ? answer.created?.[0] : null;
      const remark = answer.remarks?.find((one) => one.filename === (made?.filename ?? item.file.name));
      if (failed) this.mark(item, "failed", failed);
      else if (answer.refused) this.mark(item, "refused", answer.refused);
      else if (refusal) this.mark(item, "refused", refusal.reason);
      else if (known) this.mark(item, "duplicate", known.where ?? words.duplicate);
      else if (remark?.attention) this.mark(item, "remarked", remark.remark);
      else if (made && made.filename !== item.file.name) {
        this.mark(item, "done", words.renamed.replace("{name}", made.filename));
      } else this.mark(item, "done", run ? words.unpacking : words.done);
      if (run) this.page.onRun(run.panel);
    }
    this.created.push(...(answer.created ?? []));
    this.redirect ??= answer.redirect;
  }
}
