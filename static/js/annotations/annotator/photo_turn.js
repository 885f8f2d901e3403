// Another photo on the same page: tool, zoom, light and full screen stay, and a server that does not answer leaves the
// person where they are. The page of the photo is asked for as a browser would; the parts marked with data-turn are
// taken from it.
import { labelsOf } from "./shape.js";

const RETRY_MS = 2000; // milliseconds

export class PhotoTurn {
  #going = null; // the address of the photo that is on its way
  #keys = []; // pressed meanwhile

  constructor(editor) {
    this.editor = editor;
    window.addEventListener("popstate", () => this.go(location.href, { push: false }));
  }

  // Keys that are pressed while the photo changes belong to the next one.
  keeps(event) {
    if (!this.#going || event.key === "Escape") return false;
    this.#keys.push(event);
    return true;
  }

  // «shown» is called before the keys that were pressed meanwhile.
  async go(address, { push = true, shown } = {}) {
    if (this.#going) return;
    this.#going = address;
    try {
      await this.#turn(address, push, shown);
    } finally {
      this.#going = null;
      document.getElementById("turn-waits").hidden = true;
    }
    for (const event of this.#keys.splice(0)) this.editor.key(event);
    this.prepare();
  }

  async #turn(address, push, shown) {
    const { editor } = this;
    while (!(await editor.save.flush())) {
      if (editor.save.state !== "offline") return void (location.href = address);
      await this.#wait();
    }
    // The labels of the photo that probably comes are asked for together with its page.
    const link = [...document.querySelectorAll("[data-photo-step]")].find(({ href }) => href === address);
    const expected = link?.dataset.labels;
    const early = expected && editor.fetchLabels(expected).catch(() => null);
    const { page, url } = await this.#persist(pageAt, address);
    const next = page.getElementById("annotator");
    if (!next) return void (location.href = url);
    const photo = JSON.parse(next.dataset.photo);
    const { address: labels } = next.dataset;
    const read = async () =>
      (labels === expected && (await early)) || this.#persist((at) => editor.fetchLabels(at), labels);
    const [theirs] = await Promise.all([read(), editor.stage.open(photo)]);
    if (push) history.pushState({}, "", url);
    this.#show(page, next, photo, theirs);
    shown?.();
  }

  #show(page, next, photo, theirs) {
    const { editor } = this;
    document.dispatchEvent(new Event("photo:leaving"));
    editor.tool.leave();
    for (const part of page.querySelectorAll("[data-turn][id]")) {
      const here = document.getElementById(part.id);
      if (!here) continue;
      const isContent = part.dataset.turn === "content";
      if (isContent) forget(here);
      copyAttributes(part, here);
      if (!isContent) continue;
      here.replaceChildren(...document.adoptNode(part).childNodes);
      window.htmx.process(here);
    }
    copyAttributes(next, editor.element);
    document.title = page.title;
    editor.photo = photo;
    editor.view.clear();
    editor.stage.overlays.clear();
    editor.labels.decided = new Set();
    editor.save.turn(editor.placeOfLabels(), theirs.version, labelsOf(theirs));
    editor.labels.select([]);
    editor.show(theirs);
    editor.tool.begin?.();
    document.getElementById("toasts").append(...page.querySelectorAll("#toasts > *"));
    document.dispatchEvent(new Event("photo:turned"));
  }

  // Asks until the server answers, and well.
  async #persist(ask, address) {
    for (;;) {
      const answer = await ask(address).catch(() => null);
      if (answer) return answer;
      await this.#wait();
    }
  }

  #wait() {
    document.getElementById("turn-waits").hidden = false;
    return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }

  // The picture of the next photo comes beforehand.
  prepare() {
    document.querySelector(".strip [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
    const { picture } = document.querySelector("a[rel=next][data-photo-step]")?.dataset ?? {};
    if (!picture) return;
    // Held, so that the browser keeps it decoded.
    this.prepared = Object.assign(new Image(), { src: picture });
    this.prepared.decode().catch(() => {});
  }
}

async function pageAt(address) {
  const answer = await fetch(address);
  if (answer.status >= 500) throw new Error(`page: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, url: answer.url };
}

// What goes is taken from htmx: its listeners on the document would hold the parts of every photo that was open.
function forget(part) {
  part.setAttribute("hx-ignore", "");
  window.htmx.process(part, true);
  part.removeAttribute("hx-ignore");
}

function copyAttributes(from, to) {
  for (const { name, value } of from.attributes) {
    if (!["class", "hidden"].includes(name)) to.setAttribute(name, value);
  }
}
