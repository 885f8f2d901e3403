// What the scripts find in a browser and Node does not have, as small as the tests need it. A module that looks at these
// while it is loaded is imported by the test after `install`, with `await import(…)`.
import { mock } from "node:test";

/** Puts the named things into the global scope for the whole test file. */
export function install(globals) {
  Object.assign(globalThis, globals);
}

export function storage() {
  const items = new Map();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, String(value)),
    removeItem: (key) => items.delete(key),
    clear: () => items.clear(),
  };
}

/** An IndexedDB with one store that is read and written whole; every request ends in a later turn, as in a browser. */
export function indexedDB() {
  const records = new Map();
  const store = {
    put: (record) => ({ result: records.set(record.key, structuredClone(record)) && record.key }),
    delete: (key) => ({ result: void records.delete(key) }),
    getAll: () => ({ result: structuredClone([...records.values()]) }),
  };
  function transaction() {
    const made = { objectStore: () => store };
    queueMicrotask(() => made.oncomplete());
    return made;
  }
  return {
    open() {
      const request = { result: { createObjectStore: () => store, transaction } };
      queueMicrotask(() => request.onsuccess());
      return request;
    },
  };
}

/** Channels of one browser: what one says, the others hear. */
export function broadcastChannel() {
  const channels = new Set();
  return class extends EventTarget {
    constructor() {
      super();
      channels.add(this);
    }

    close() {
      channels.delete(this);
    }

    postMessage(data) {
      for (const channel of channels) {
        if (channel !== this) channel.dispatchEvent(Object.assign(new Event("message"), { data }));
      }
    }
  };
}

/** A document or window that only hears events. */
export const eventTarget = (more = {}) => Object.assign(new EventTarget(), more);

/** Lets what waits for answers go on; time itself stands still. */
export async function settled() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Moves the time on, and lets what was waiting for it go on. */
export async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settled();
}

/** An XMLHttpRequest that puts itself into `requests`; the test answers it with `answer(status, response)`. */
export function fakeRequest(requests) {
  return class {
    headers = {};
    upload = {};
    status = 0;
    response = null;

    open(_method, address) {
      this.address = address;
    }

    setRequestHeader(name, value) {
      this.headers[name] = value;
    }

    send(body) {
      this.body = body;
      requests.push(this);
    }

    answer(status, response) {
      Object.assign(this, { status, response });
      this.onload();
      this.onloadend();
    }

    abort() {
      this.onabort();
      this.onloadend();
    }
  };
}
