// Labels that the server has not confirmed yet, kept in this browser (IndexedDB): they survive a reload, a crash of the
// tab and an unreachable server. Each open page keeps one record, under a key of its own.
const STORE = "labels";

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("annotator", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

let database = null;
async function run(mode, work) {
  database ??= open();
  const transaction = (await database).transaction(STORE, mode);
  const asked = work(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const keep = (record) => run("readwrite", (store) => store.put(record));
export const forget = (key) => run("readwrite", (store) => store.delete(key));
const all = () => run("readonly", (store) => store.getAll());

// Open pages claim their records over the channel; a record that nobody claims belongs to a page that is gone.
const channel = new BroadcastChannel("annotator");
const ANSWER_MS = 300; // milliseconds

const own = new Set(); // keys of this page, which does not hear itself

export function claim(key) {
  own.add(key);
  channel.addEventListener("message", ({ data }) => {
    if (data.ask?.includes(key)) channel.postMessage({ here: key });
  });
}

export async function findUnsent(user) {
  const records = (await all()).filter((record) => record.user === user);
  if (!records.length) return [];
  const alive = new Set(own);
  const listen = ({ data }) => data.here && alive.add(data.here);
  channel.addEventListener("message", listen);
  channel.postMessage({ ask: records.map((record) => record.key) });
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  channel.removeEventListener("message", listen);
  return records.filter((record) => !alive.has(record.key)).sort((a, b) => a.at - b.at);
}
