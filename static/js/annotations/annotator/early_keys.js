// Keys that are pressed before the editor is there: somebody who steps from photo to photo does not wait for a page.
// The editor takes them up. Hence no module, which would come as late as the editor.
(() => {
  const keys = [];
  const keep = (event) => keys.push(event);
  document.addEventListener("keydown", keep);
  window.takeEarlyKeys = () => {
    document.removeEventListener("keydown", keep);
    return keys;
  };
})();
