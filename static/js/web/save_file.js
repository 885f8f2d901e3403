// <a href="/…/weights" data-save data-saving="…" data-saved="…" data-failed="…">: the banner at the top of the page says
// that the file is being saved, and «saved» when the last byte has arrived; then the browser puts it into its downloads.
const banner = () => document.getElementById("banner");

function say(text, level = "info") {
  Object.assign(banner(), { hidden: false, textContent: text });
  banner().dataset.level = level;
}

// Apart from the text, so that a screen reader does not read out every step.
function share() {
  const number = document.createElement("span");
  number.setAttribute("aria-hidden", "true");
  banner().append(number);
  return (part) => {
    number.textContent = `${Math.floor(part * 100)}%`;
  };
}

export function nameOf(answer) {
  const header = answer.headers.get("Content-Disposition") ?? "";
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header);
  if (encoded) return decodeURIComponent(encoded[1]);
  return /filename="?([^";]+)"?/i.exec(header)?.[1] ?? new URL(answer.url).pathname.split("/").pop();
}

export async function receive(answer, onShare) {
  // A compressed answer's length is not that of what arrives here.
  const total = answer.headers.has("Content-Encoding") ? 0 : Number(answer.headers.get("Content-Length"));
  const reader = answer.body.getReader();
  const chunks = [];
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    received += value.length;
    if (total) onShare(received / total);
  }
  if (total && received !== total) throw new Error("incomplete");
  return new Blob(chunks, { type: answer.headers.get("Content-Type") ?? "" });
}

async function save(link) {
  const text = link.dataset;
  link.setAttribute("aria-disabled", "true");
  say(text.saving);
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const file = document.createElement("a");
    const blob = await receive(answer, share());
    file.href = URL.createObjectURL(blob);
    file.download = nameOf(answer);
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
    say(text.saved, "success");
  } catch {
    say(text.failed, "error");
  } finally {
    link.removeAttribute("aria-disabled");
  }
}

export function start(link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    if (!link.hasAttribute("aria-disabled")) save(link);
  });
}
