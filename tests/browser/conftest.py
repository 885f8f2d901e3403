"""The real product, started as a user starts it, and a real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from embedded.waiting import free_port
from tests.serve_process import ServeProcess, serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Product:
    """A running ``bin/serve`` on an empty folder."""

    def __init__(self, address: str, serve: ServeProcess) -> None:
        self.address = address
        self.serve = serve


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Started on an empty folder: the first page makes the administrator."""
    folder = tmp_path_factory.mktemp("product")
    port = str(free_port())
    with serving(folder / "output", DATA_DIR=str(folder / "data"), PORT=port) as serve:
        serve.wait_for("Listening on")
        yield Product(f"http://127.0.0.1:{port}", serve)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: bin/test installs it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


def watch(page: Page, product: Product) -> list[str]:
    """Faults of a page as they come: errors on its console, refused policies, requests to another host."""
    faults: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # A refused action answers 4xx, which the browser notes as an error: the tests look at its text.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    def request(sent: Request) -> None:
        if not sent.url.startswith((product.address, "data:", "blob:")):
            faults.append(f"asked another host: {sent.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", request)
    return faults


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where ``SCREENSHOTS_DIR`` says."""
    folder = os.environ.get("SCREENSHOTS_DIR")
    if folder:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
