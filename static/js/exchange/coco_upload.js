// «Add COCO»: the files go one by one through the drop zone (web/upload/) to an import that is kept on the server; when
// all have arrived, the form beside the zone asks for its preview.
function start(part) {
  const zone = part.querySelector("[data-upload]");
  const preview = part.querySelector(".after-upload");
  zone.addEventListener("upload:done", () => {
    // Where every file was refused, the reasons stand below the zone.
    if (zone.dataset.state !== "failed") preview.requestSubmit();
  });
}

for (const part of document.querySelectorAll("[data-coco-upload]")) start(part);

// The button of an empty list opens the file dialog of its drop zone.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-picks]");
  if (button) document.querySelector(`${button.dataset.picks} input[type=file]`)?.click();
});
