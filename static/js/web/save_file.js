// <a href="/…/weights" download="name" data-save data-saving="…" data-saved="…" data-failed="…">: the banner at the top of the page
// says that the file is being saved, and «saved» when the last byte has arrived; then the browser puts it into its downloads.
const banner = document.getElementById("banner");

function say(text, level = "info") {
  banner.hidden = false;
  banner.dataset.level = level;
  const [words, share] = banner.children; // apart, so that a screen reader does not read out every step
  words.textContent = text;
  share.textContent = "";
  return (part) => {
    share.textContent = `${Math.floor(part * 100)}%`;
  };
}

export async function receive(answer, onShare) {
  // A compressed answer's length is not that of what arrives here.
  const total = answer.headers.has("Content-Encoding") ? 0 : Number(answer.headers.get("Content-Length"));
  const reader = answer.body.getReader();
  const chunks = [];
  let received = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value);
    received += read.value.length;
    if (total) onShare(received / total);
  }
  if (total && received !== total) throw new Error("incomplete");
  return new Blob(chunks, { type: answer.headers.get("Content-Type") ?? "" });
}

async function save(link) {
  const text = link.dataset;
  link.setAttribute("aria-disabled", "true");
  try {
    const onShare = say(text.saving);
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const href = URL.createObjectURL(await receive(answer, onShare));
    Object.assign(document.createElement("a"), { href, download: link.download }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
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
