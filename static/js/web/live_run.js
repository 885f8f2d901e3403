// Follows a run. The stream carries only a signal («changed», at most about once a second); on it the panel
// fetches itself with htmx (hx-trigger="run:changed") and charts append what is new.
// A hidden tab holds no stream: it polls slowly, for the percentage in the title, and at once when shown again.
const HIDDEN_EVERY_MS = 20_000;
const CROWDED_EVERY_MS = 3_000;
const RETRY_MS = 2_000;
// The server says something every five seconds.
const SILENT_MS = 6_500;
// A browser opens six connections to a server, and each stream takes one: further panels poll.
const STREAMS_AT_ONCE = 3;
let streams = 0;

// Fires run:ended for a panel that arrived when its run was over already.
export function announceIfEnded(panel) {
  if (panel && !panel.dataset.liveStream) {
    panel.dispatchEvent(new CustomEvent("run:ended", { bubbles: true }));
  }
}

export function start(panel) {
  const following = new AbortController();
  let address = null; // of the stream; empty when the run is over
  let source = null;
  let timer = null; // of the next question; while a stream is open, of its silence
  let news = null; // signals whose turn has not come, as one
  let due = Infinity;
  let turn = null;
  let lastWait = 0;

  function refresh(detail = {}) {
    if (panel.isConnected) panel.dispatchEvent(new CustomEvent("run:changed", { bubbles: true, detail }));
    else read();
  }

  // With many pages open the server gives each its turn: what is signalled until then is fetched together.
  function refreshInTurn({ wait = 0, ...signal }) {
    lastWait = wait;
    // A run that was resumed further back has a smaller iteration than before: that must not get lost.
    const iteration = Math.min(news?.iteration ?? Infinity, signal.iteration ?? Infinity);
    news = Number.isFinite(iteration) ? { ...news, ...signal, iteration } : { ...news, ...signal };
    due = Math.min(due, Date.now() + wait);
    clearTimeout(turn);
    if (!wait) return take();
    turn = setTimeout(take, due - Date.now());
    if (signal.iteration) showIteration(signal.iteration);
  }

  function showIteration(iteration) {
    for (const shown of panel.querySelectorAll("[data-live-iteration]")) {
      if (shown.tagName === "PROGRESS") shown.value = iteration;
      else shown.textContent = iteration;
    }
  }

  function take() {
    const detail = news;
    news = null;
    due = Infinity;
    refresh(detail);
  }

  function close() {
    if (source) streams -= 1;
    source?.close();
    source = null;
    clearTimeout(timer);
  }

  const suspect = () => document.dispatchEvent(new CustomEvent("connection:suspect"));

  function heard() {
    clearTimeout(timer);
    timer = setTimeout(suspect, SILENT_MS);
  }

  function askIn(milliseconds) {
    close();
    timer = setTimeout(() => {
      refresh();
      listen();
    }, milliseconds);
  }

  function listen() {
    close();
    if (!address || following.signal.aborted) return;
    if (document.hidden) return askIn(HIDDEN_EVERY_MS);
    if (streams >= STREAMS_AT_ONCE) return askIn(CROWDED_EVERY_MS);
    streams += 1;
    source = new EventSource(address);
    heard();
    source.addEventListener("alive", heard);
    source.addEventListener("changed", (event) => {
      heard();
      refreshInTurn(JSON.parse(event.data || "{}"));
    });
    // Only the panel says that its run is over. It was fetched on the last «changed»; if that got lost, it is fetched again.
    source.addEventListener("end", () => askIn(lastWait + RETRY_MS));
    // Signed out, or the model is closed to this person: nothing is asked for any more.
    source.addEventListener("gone", () => {
      address = null;
      close();
    });
    source.addEventListener("error", () => {
      suspect();
      // The browser reconnects by itself unless the server answered with an error (it is being restarted, say).
      if (source?.readyState === EventSource.CLOSED) askIn(RETRY_MS);
    });
  }

  // The state is in the panel: the server renders the panel of a run that is over without a stream.
  function read() {
    if (!panel.isConnected) {
      close();
      following.abort();
      return;
    }
    if (panel.dataset.liveTitle) document.title = panel.dataset.liveTitle;
    const now = panel.dataset.liveStream ?? "";
    if (now === address) return;
    address = now;
    listen();
    announceIfEnded(panel);
  }

  const { signal } = following;
  document.addEventListener(
    "visibilitychange",
    () => {
      if (!address) return;
      if (!document.hidden) refresh();
      listen();
    },
    { signal },
  );
  // Any swap may have replaced or removed the panel.
  document.addEventListener("htmx:after:swap", read, { signal });
  read();
}
