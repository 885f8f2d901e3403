// «Add COCO»: photos and COCO files come in together. The photos go one by one through the drop zone (upload.js),
// so that a bad one is refused beside the good ones; then all COCO files go in one request, whose answer is the report.
const isCoco = (file) => file.name.toLowerCase().endsWith(".json");

function listOf(files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer.files;
}

function start(part) {
  const zone = part.querySelector("[data-upload]");
  const input = zone.querySelector("input[type=file]");
  const labels = part.querySelector(".coco-labels");
  let waiting = [];
  // Without scripts the form sends everything to the import itself.
  zone.action = part.dataset.photosUrl;

  function take(files) {
    const photos = files.filter((file) => !isCoco(file));
    waiting.push(...files.filter(isCoco));
    if (photos.length) {
      input.files = listOf(photos);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (zone.dataset.state !== "sending") {
      sendLabels();
    }
  }

  function sendLabels() {
    if (!waiting.length) return;
    labels.elements.annotations.files = listOf(waiting);
    if (zone.elements.split) labels.elements.split.value = zone.elements.split.value;
    waiting = [];
    labels.requestSubmit();
  }

  // Before upload.js sees them: COCO files are not for it.
  part.addEventListener("change", (event) => {
    const files = [...input.files];
    if (event.target !== input || !files.some(isCoco)) return;
    event.stopPropagation();
    input.value = "";
    take(files);
  }, true);
  part.addEventListener("drop", (event) => {
    const files = [...event.dataTransfer.files];
    if (!files.some(isCoco)) return;
    event.preventDefault();
    event.stopPropagation();
    delete zone.dataset.over;
    take(files);
  }, true);
  zone.addEventListener("upload:done", sendLabels);
}

for (const part of document.querySelectorAll("[data-coco-upload]")) start(part);

// The button of an empty list opens the file dialog of its drop zone.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-picks]");
  if (button) document.querySelector(`${button.dataset.picks} input[type=file]`)?.click();
});
