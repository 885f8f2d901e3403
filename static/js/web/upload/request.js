// One request. Never throws: the answer is the server's JSON, {refused: words} for a refusal of the whole, {broken: true}
// where the connection broke or the server is away for a moment, {signedOut: true} where a sign-in page came.
import { pathOf } from "./files.js";

const LONGEST_ADDRESS = 3000; // gunicorn takes 4094 characters in the first line of a request
const UNAVAILABLE = [0, 408, 429, 502, 503, 504];

export function post(address, body, { type, onProgress, signal } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    if (type) request.setRequestHeader("Content-Type", type);
    request.responseType = "json";
    if (onProgress) request.upload.onprogress = (event) => onProgress(event.loaded, event.total);
    request.onload = () => {
      const { status, response } = request;
      if (UNAVAILABLE.includes(status)) resolve({ broken: true });
      else if (status >= 400) resolve({ refused: response?.detail ?? `(${status})` });
      else resolve(response ?? { signedOut: true });
    };
    request.onerror = () => resolve({ broken: true });
    request.onabort = () => resolve({ stopped: true });
    const stop = () => request.abort();
    signal?.addEventListener("abort", stop);
    request.onloadend = () => signal?.removeEventListener("abort", stop);
    request.send(body);
  });
}

// What sends a file: a form. With data-single the file is the body itself, its name and the other fields stand in the address.
export function requestOf(form, field, file) {
  const data = new FormData(form);
  data.delete(field);
  const query = new URLSearchParams(data);
  query.delete("csrf_token");
  query.set("filename", pathOf(file));
  const address = `${form.action}?${query}`;
  if ("single" in form.dataset && address.length < LONGEST_ADDRESS) {
    return { address, body: file, type: file.type || "application/octet-stream" };
  }
  data.append(field, file, pathOf(file));
  return { address: form.action, body: data };
}

// Backs off after the connection broke. Requests that are under way at the same time share one wait.
export class Connection {
  waits = [1, 2, 4, 8, 15, 15, 15, 15];
  tries = 0;
  pause = null;

  constructor(onWait) {
    this.onWait = onWait;
  }

  reset() {
    this.tries = 0;
  }

  // Resolves to whether to try again.
  async retry(signal) {
    this.pause ??= this.wait(signal).finally(() => {
      this.pause = null;
    });
    return this.pause;
  }

  async wait(signal) {
    if (this.tries >= this.waits.length) return false;
    const seconds = this.waits[this.tries];
    this.tries += 1;
    this.onWait(seconds);
    await new Promise((resolve) => {
      setTimeout(resolve, 1000 * seconds);
      window.addEventListener("online", resolve, { once: true });
      signal.addEventListener("abort", resolve);
    });
    this.onWait(0);
    return !signal.aborted;
  }
}
