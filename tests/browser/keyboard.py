"""A person who has no mouse: Tab, Enter, arrows and letters, and a focus that can be seen at every stop."""

import re
from pathlib import Path

from playwright.sync_api import Page

STOPS = 120
"""Presses of Tab after which an element does not count as reached."""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  // A field for files is hidden; the button around it shows its focus.
  const shown = one.closest(".visually-hidden") ? one.closest("label") ?? one : one;
  const box = shown.getBoundingClientRect(), style = getComputedStyle(shown);
  const framed = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const words = one.getAttribute("aria-label") ?? (one.labels?.[0] ?? one).innerText ?? "";
  return {name: words.trim().replace(/\\s+/g, " "), html: shown.outerHTML.slice(0, 160),
    seen: framed && box.width > 1 && box.bottom > 0 && box.top < innerHeight};
}"""


class Keyboard:
    """On one page; ``hidden`` collects the stops at which nobody sees where the focus is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hidden: list[str] = []

    def go_to(self, name: str, key: str = "Tab") -> None:
        """Press Tab until an element whose name matches this pattern has the focus."""
        passed = []
        for _stop in range(STOPS):
            self.page.keyboard.press(key)
            focused = self.page.evaluate(FOCUSED)
            if focused is None:
                continue
            if not focused["seen"]:
                self.hidden.append(f"{self.page.url}: {focused['html']}")
            if re.search(name, focused["name"]):
                return
            passed.append(focused["name"][:40])
        raise AssertionError(f"Tab does not lead to {name!r}: {passed}")

    def press(self, name: str) -> None:
        """Go to a button, link or fold, and press Enter."""
        self.go_to(name)
        self.page.keyboard.press("Enter")

    def fill(self, name: str, text: str) -> None:
        """Go to a field and type; what stood in it goes."""
        self.go_to(name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, name: str, files: list[Path]) -> None:
        """Go to a field for files, and choose them; the dialog that Enter opens is the browser's own."""
        self.go_to(name)
        focused = self.page.locator("input[type=file]:focus")
        assert focused.count() == 1, f"{name} is no field for files"
        focused.set_input_files(files)
