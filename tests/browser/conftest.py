"""The real product, started as a user starts it, and a real browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from supervisor.xmlrpc import SupervisorTransport

from embedded.waiting import free_port, wait_until
from embedded.web_address import is_healthy
from tests.serve_process import ServeProcess, serving

# Of a machine that does other things as well; what is expected sooner says so.
expect.set_options(timeout=15_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


STARTING = "html[data-starting]"

EMAIL = "admin@factory.local"
PASSWORD = "correct horse battery"


class Product:
    """A running ``bin/serve``."""

    def __init__(self, address: str, serve: ServeProcess, folder: Path) -> None:
        self.address = address
        self.serve = serve
        self.session: list[Any] = []
        """The cookie of the administrator's session."""
        self._socket = folder / "run" / "supervisor.sock"

    def stop_web(self) -> None:
        """Nothing answers at the address any more."""
        self._ask("stopProcess", "application:web")

    def start_web(self) -> None:
        """Returns when it answers again."""
        self._ask("startProcess", "application:web", False)
        wait_until(lambda: is_healthy(self.address), "the web server answers", 60)

    def stop_database(self) -> None:
        """PostgreSQL answers nobody any more."""
        self._ask("stopProcess", "postgres")

    def start_database(self) -> None:
        """Returns when the web server has it again."""
        self._ask("startProcess", "postgres", False)
        wait_until(lambda: is_healthy(self.address), "the web server answers", 60)

    def programs(self) -> dict[str, int]:
        """Process ids by the names of supervisord."""
        return {info["name"]: info["pid"] for info in self._ask("getAllProcessInfo")}

    def _ask(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(serverurl=f"unix://{self._socket}")
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


@pytest.fixture(scope="session")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Started once, on an empty folder, for all tests: each works in models of its own.

    The first page has made the administrator.
    """
    folder = tmp_path_factory.mktemp("product")
    port = str(free_port())
    with serving(folder / "output", DATA_DIR=str(folder / "data"), PORT=port) as serve:
        serve.wait_for("Listening on")
        started = Product(f"http://127.0.0.1:{port}", serve, folder / "data")
        make_the_administrator(browser, started)
        yield started


def make_the_administrator(browser: Browser, product: Product) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    faults = watch(page, product.address)
    page.goto(product.address)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Create administrator").click()
    expect(page.get_by_role("heading", name="Choose a model")).to_be_visible()
    assert not faults, faults
    product.session = [
        {"name": "session", "value": cookie["value"], "url": product.address}
        for cookie in page.context.cookies()
        if cookie["name"] == "session"
    ]
    page.close()


def sign_in(page: Page, product: Product) -> None:
    """As the administrator, in whatever language the page is; ends on the page of all models."""
    page.context.add_cookies(product.session)
    page.goto(product.address)
    expect(page.locator("#models")).to_be_attached()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    # A page costs the shell a third of what it costs all of Chromium, which draws tabs and menus around it.
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert chromium, "Chromium is missing: bin/test installs it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        started.on("context", lambda context: context.on("page", presses_are_heard))
        yield started
        started.close()


def presses_are_heard(page: Page) -> None:
    """What a test does in the page waits until the page's scripts listen, as a person waits for the pointer."""
    page.add_locator_handler(page.locator(STARTING), lambda: None)


@contextmanager
def too_early(page: Page) -> Iterator[None]:
    """What a test does in the block does not wait for the page's scripts."""
    page.remove_locator_handler(page.locator(STARTING))
    try:
        yield
    finally:
        presses_are_heard(page)


@pytest.fixture(autouse=True)
def pages_closed(browser: Browser) -> Iterator[None]:
    """A page that a test leaves open would go on drawing, and following its run, beside the tests after it."""
    before = list(browser.contexts)
    yield
    for context in browser.contexts:
        if context not in before:
            context.close()


def watch(page: Page, address: str) -> list[str]:
    """Faults of a page of that server as they come: errors on its console, refused policies, requests to another."""
    faults: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # A refused action answers 4xx, which the browser notes as an error: the tests look at its text.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    def request(sent: Request) -> None:
        if not sent.url.startswith((address, "data:", "blob:")):
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
