// Records keys that are pressed before the editor has loaded, which happens to whoever steps quickly from photo to photo;
// the editor replays them. No module, because a module would load as late as the editor.
(() => {
  const keys = [];
  const keep = (event) => keys.push(event);
  document.addEventListener("keydown", keep);
  window.takeEarlyKeys = () => {
    document.removeEventListener("keydown", keep);
    return keys;
  };
})();
