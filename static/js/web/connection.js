// <div id="connection-lost" hidden>: says that the server does not answer, until it does again. Whoever has a reason to think
// so fires «connection:suspect» on the document; the server is asked before anything is said.
const HEALTH = "/api/v1/healthz";
const PATIENCE_MS = 3_000;
const AGAIN_MS = 2_000;
let asking = false;

async function answers() {
  try {
    return (await fetch(HEALTH, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
  } catch {
    return false;
  }
}

async function ask() {
  const note = document.getElementById("connection-lost");
  note.hidden = await answers();
  asking = !note.hidden;
  if (asking) setTimeout(ask, AGAIN_MS);
}

function suspect() {
  if (asking) return;
  asking = true;
  ask();
}

document.addEventListener("connection:suspect", suspect);
// A request of htmx that came back without an answer.
document.addEventListener("htmx:error", suspect);
