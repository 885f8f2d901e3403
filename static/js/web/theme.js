// Light, dark, or like the system. The server renders the choice (cookie «theme») into <html data-theme>;
// this file runs before the first paint so that «auto» does not flash, hence no module. It also says the browser's time zone.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function keep(name, value) {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
  }

  function apply() {
    const choice = root.dataset.theme;
    root.dataset.bsTheme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    for (const button of document.querySelectorAll("[data-set-theme]")) {
      button.setAttribute("aria-current", String(button.dataset.setTheme === choice));
    }
    document.dispatchEvent(new Event("theme:changed"));
  }

  // For times that the server writes (webapp/web/page_context.py), from the next page on: the first is that of the sign-in.
  keep("time_zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-set-theme]");
    if (!button) return;
    root.dataset.theme = button.dataset.setTheme;
    keep("theme", root.dataset.theme);
    apply();
  });
  apply();
})();
