// Tells the server that this photo is open for labelling, and the person if somebody else has it open.
import { send } from "../web/send.js";
import { filled } from "../web/words.js";

const EVERY_MS = 20_000; // a lock lasts for 60 s after the last sign of life

export function start(element) {
  const notice = element.querySelector(".notice");
  const sentence = element.querySelector("[data-sentence]");

  async function tell() {
    const answer = await send(element.dataset.address).catch(() => null);
    if (!answer?.ok) return; // the server is away: the next time tells it
    const { holder } = await answer.json();
    notice.hidden = holder === null;
    if (holder !== null) sentence.textContent = filled(sentence.dataset.words, { name: holder });
  }

  // At once too: the farewell of the page before, which may have been this one, can come after this page was asked for.
  tell();
  setInterval(tell, EVERY_MS);
  addEventListener("pageshow", (event) => event.persisted && tell());
  const leave = () => send(element.dataset.leave, {}, { keepalive: true }).catch(() => {});
  addEventListener("pagehide", leave);
  document.addEventListener("photo:leaving", leave);
  document.addEventListener("photo:turned", tell);
}
