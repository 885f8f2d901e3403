"""Pictures of pages."""

import io
from pathlib import Path

from PIL import Image

from bench.common.needed import playwright
from bench.common.running_product import ADMINISTRATOR

WINDOW: playwright.ViewportSize = {"width": 1280, "height": 800}
LARGEST = 150_000
"""Bytes of a picture."""


class Camera:
    """Pictures of pages in one language."""

    def __init__(self, browser: playwright.Browser, address: str, folder: Path, ending: str) -> None:
        self.browser, self.address, self.folder, self.ending = browser, address, folder, ending
        self.page = self._page("en-GB")
        self.chinese = self._page("zh-TW")

    def _page(self, language: str) -> playwright.Page:
        context = self.browser.new_context(viewport=WINDOW, locale=language, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{self.address}/sign-in")
        page.locator("[name=email]").fill(ADMINISTRATOR["email"])
        page.locator("[name=password]").fill(ADMINISTRATOR["password"])
        page.locator("[name=password]").press("Enter")
        page.locator("#models").wait_for(state="attached")
        return page

    def take(self, name: str, path: str, *, chinese: bool = False, ready: str = "main", at: str = "") -> None:
        """What the window shows of a page when it is at rest, from ``at`` down, as WebP."""
        page = self.chinese if chinese else self.page
        page.goto(self.address + path)
        page.wait_for_load_state("load")
        page.locator(ready).first.wait_for(timeout=120_000)
        if not page.locator("[data-live-stream]").count():
            page.wait_for_load_state("networkidle")
        if at:
            page.locator(at).first.evaluate("one => scrollTo(0, one.offsetTop - 72)")
        # What fades in has arrived, charts are drawn.
        page.evaluate("new Promise(done => setTimeout(done, 700))")
        write(page.screenshot(), self.folder / f"{name}{self.ending}.webp")


def write(png: bytes, target: Path) -> None:
    """As good as fits into ``LARGEST`` bytes."""
    with Image.open(io.BytesIO(png)) as picture:
        for quality in (85, 75, 60, 45):
            made = io.BytesIO()
            picture.convert("RGB").save(made, "WEBP", quality=quality, method=6)
            if made.tell() <= LARGEST:
                break
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(made.getvalue())
