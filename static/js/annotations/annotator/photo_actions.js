// What keys and buttons do with the photo as a whole: to the next one, save, review, help.
import { paste } from "./actions.js";
import { consumePasteRequest, copy, requestPaste } from "./clipboard.js";

const STEPS = {
  "next-photo": "a[rel=next][data-photo-step]",
  "previous-photo": "a[rel=prev][data-photo-step]",
  "next-unlabelled": "a[data-next-unlabelled]",
};

export function addPhotoActions(editor) {
  const { labels } = editor;
  const linkOf = (name) => document.querySelector(`main ${STEPS[name]}`);

  for (const name of Object.keys(STEPS)) {
    editor.onAction(name, () => {
      const link = linkOf(name);
      if (link) editor.turn.go(link.href);
    });
  }
  editor.onAction("copy-to-next", () => {
    const link = linkOf("next-photo");
    if (editor.readOnly || !link || !labels.shapes.length) return;
    copy(labels.selected.size ? labels.selectedShapes : labels.shapes);
    requestPaste();
    editor.turn.go(link.href);
  });
  labels.addEventListener("load", () => consumePasteRequest() && paste(editor));
  editor.onAction("save", () => editor.save.flush());
  editor.onAction("review", async () => {
    if (editor.readOnly || !(await editor.save.flush())) return;
    document.querySelector("[data-review-toggle]")?.click();
  });
  editor.onAction("history", () => {
    if (editor.panel() === "history") editor.showPanel("labels");
    else editor.showPanel("history", { focus: true });
  });
  editor.onAction("help", () => document.getElementById("annotator-help").showModal());

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const { ctrlKey, metaKey, shiftKey, button, defaultPrevented } = event;
    if (!link || defaultPrevented || ctrlKey || metaKey || shiftKey || button || link.target) return;
    if (link.hash || link.hasAttribute("download")) return;
    if (
      link.closest("#annotator") &&
      link.matches("[data-photo-step], [data-next-unlabelled], [data-another-photo], .strip a")
    ) {
      event.preventDefault();
      editor.turn.go(link.href);
    } else if (editor.save.isUnsaved) {
      // A link to another page first saves the labels, if the server can be reached.
      event.preventDefault();
      editor.save.flush().then(() => (location.href = link.href));
    }
  });
}
