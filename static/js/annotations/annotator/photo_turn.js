// Another photo on the same page: tool, zoom, light and full screen stay, and a server that does not answer leaves the
// person where they are. The page of the photo is asked for as a browser would; the parts marked with data-turn are
// taken from it.
import { labelsOf } from "./shape.js";
import { photoOf } from "./photo_editor.js";

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

  async go(address, { push = true } = {}) {
    if (this.#going) return;
    this.#going = address;
    try {
      await this.#turn(address, push);
    } finally {
      this.#going = null;
      document.getElementById("turn-waits").hidden = true;
    }
    for (const event of this.#keys.splice(0)) this.editor.key(event);
    this.prepare();
  }

  async #turn(address, push) {
    const { editor } = this;
    while (!(await editor.save.flush())) {
      if (editor.save.state !== "offline") return void (location.href = address);
      await this.#wait();
    }
    // The labels of the photo that probably comes are asked for together with its page.
    const { labels } =
      [...document.querySelectorAll("[data-photo-step]")].find(({ href }) => href === address)?.dataset ?? {};
    const early = labels && this.editor.fetchLabels(labels).catch(() => null);
    const { page, url } = await this.#fetch(address);
    const next = page.getElementById("annotator");
    if (!next) return void (location.href = url);
    const photo = photoOf(next);
    const expected = next.dataset.address === labels ? early : null;
    const fetchLabels = () => editor.fetchLabels(next.dataset.address);
    const read = async () => (await expected) ?? this.#persist(fetchLabels);
    const [theirs] = await Promise.all([read(), editor.stage.open(photo)]);
    if (push) history.pushState({}, "", url);
    this.#show(page, next, photo, theirs);
  }

  #show(page, next, photo, theirs) {
    const { editor } = this;
    document.dispatchEvent(new Event("photo:leaving"));
    editor.tool.leave?.();
    for (const part of page.querySelectorAll("[data-turn][id]")) {
      const here = document.getElementById(part.id);
      if (!here) continue;
      if (part.dataset.turn !== "attributes") forget(here);
      copyAttributes(part, here);
      if (part.dataset.turn === "attributes") continue;
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
    document.querySelector(".strip [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
    document.dispatchEvent(new Event("photo:turned"));
  }

  async #fetch(address) {
    const answer = await this.#persist(
      () => fetch(address),
      ({ status }) => status < 500,
    );
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { page, url: answer.url };
  }

  // Asks until the server answers, and well.
  async #persist(ask, isGood = () => true) {
    for (;;) {
      const answer = await ask().catch(() => null);
      if (answer && isGood(answer)) return answer;
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

// What goes is taken from htmx: its listeners on the document would hold the parts of every photo that was open.
function forget(part) {
  part.setAttribute("hx-ignore", "");
  window.htmx.process(part, true);
  part.removeAttribute("hx-ignore");
}

function copyAttributes(from, to) {
  for (const { name, value } of from.attributes) if (name !== "class") to.setAttribute(name, value);
}
