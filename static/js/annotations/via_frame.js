// The page around VIA: shows the messages of the frame, and sends it fresh tokens while it is open.
import { send } from "../web/send.js";
import { show as toast } from "../web/toast.js";

const RENEW_EVERY = 20 * 60 * 1000;
const LEVELS = ["success", "info", "error"];

export function start(frame) {
  window.addEventListener("message", ({ source, data }) => {
    if (source !== frame.contentWindow || typeof data?.via !== "string") return;
    if (data.via === "ready") frame.dataset.state = "ready";
    else if (typeof data.message === "string") {
      toast(data.message.slice(0, 2000), LEVELS.includes(data.level) ? data.level : "info");
    }
  });
  setInterval(() => renew(frame), RENEW_EVERY);
  // After sleep the token may have expired.
  document.addEventListener("visibilitychange", () => document.hidden || renew(frame));
}

async function renew(frame) {
  try {
    const answer = await send(frame.dataset.renew);
    if (answer.ok) frame.contentWindow.postMessage(await answer.json(), "*");
  } catch {
    // The server is unreachable; the next renewal tries again.
  }
}
