// Light, dark, or like the system. The server renders the choice (cookie «theme») into <html data-theme>;
// this file runs before the first paint so that «auto» does not flash, hence no module.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const choice = root.dataset.theme;
    root.dataset.bsTheme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    for (const button of document.querySelectorAll("[data-set-theme]")) {
      button.setAttribute("aria-current", String(button.dataset.setTheme === choice));
    }
    document.dispatchEvent(new Event("theme:changed"));
  }

  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-set-theme]");
    if (!button) return;
    root.dataset.theme = button.dataset.setTheme;
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
    apply();
  });
  apply();
})();
