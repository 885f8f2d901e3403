// <div data-judging> … <article data-result> … <button data-judge="r"> … </div>: the keys R and W press the buttons of the
// photo that has the focus, or lies under the pointer, and the focus goes on to the next photo.
export function start(grid) {
  let wanted = null; // the photo to which the focus went
  // An answer takes the place of the buttons, and the browser may drop the focus then.
  const restore = () => {
    if (document.activeElement === document.body && wanted?.isConnected) wanted.focus();
  };
  for (const moment of ["htmx:after:swap", "htmx:after:settle"]) {
    document.addEventListener(moment, () => {
      restore();
      requestAnimationFrame(restore);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input:not([type=checkbox], [type=range]), select, textarea, dialog")) return;
    if (!grid.isConnected || document.querySelector(".viewer-container")) return;
    const result = event.target.closest("[data-result]") ?? grid.querySelector("[data-result]:hover");
    const button = result?.querySelector(`[data-judge="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!button) return;
    event.preventDefault();
    wanted = result.nextElementSibling?.querySelector(".result-picture");
    button.click();
    wanted?.focus();
  });
}
