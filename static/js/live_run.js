// Follows a run. The stream carries only a signal («changed», at most about once a second); on it the panel
// fetches itself anew with htmx (hx-trigger="run:changed") and charts append what is new.
// A hidden tab holds no stream: it asks rarely, for the title's percentage, and at once when shown again.
const HIDDEN_EVERY_MS = 20_000;
const RETRY_MS = 2_000;

export function start(panel) {
  let source = null;
  let timer = null;
  let over = false;

  function refresh(detail = {}) {
    if (panel.isConnected) panel.dispatchEvent(new CustomEvent("run:changed", { bubbles: true, detail }));
  }

  function close() {
    source?.close();
    source = null;
    clearTimeout(timer);
  }

  function listen() {
    close();
    if (over || !panel.isConnected) return;
    if (document.hidden) {
      timer = setTimeout(() => { refresh(); listen(); }, HIDDEN_EVERY_MS);
      return;
    }
    source = new EventSource(panel.dataset.liveStream);
    source.addEventListener("changed", (event) => refresh(JSON.parse(event.data || "{}")));
    source.addEventListener("end", end);
    source.addEventListener("error", () => {
      // The browser reconnects by itself unless the server answered with an error (it is being restarted, say).
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(() => { refresh(); listen(); }, RETRY_MS);
    });
  }

  function end() {
    if (over) return;
    over = true;
    close();
    refresh();
    panel.dispatchEvent(new CustomEvent("run:ended", { bubbles: true }));
  }

  function showTitle() {
    if (panel.dataset.liveTitle) document.title = panel.dataset.liveTitle;
    // The server leaves the stream out of the panel of a run that is over.
    if (!panel.dataset.liveStream) end();
  }

  document.addEventListener("visibilitychange", () => {
    if (over) return;
    if (!document.hidden) refresh();
    listen();
  });
  panel.addEventListener("htmx:after:swap", showTitle);
  showTitle();
  listen();
}
