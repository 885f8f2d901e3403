"""The application itself behind a real socket, for journeys that need a browser and no workers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.conftest import PASSWORD


@contextmanager
def listening(app: OpenAPI) -> Iterator[str]:
    """Its address, while the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


def sign_in(page: Page, address: str) -> None:
    """As the administrator of ``tests.conftest``."""
    page.goto(f"{address}/sign-in")
    page.locator("[name=email]").fill("admin@factory.test")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


@contextmanager
def signed_in(app: OpenAPI, browser: Browser, height: int = 900) -> Iterator[BrowserContext]:
    """A browser of the administrator, 1280 wide, in English, while the block lasts."""
    with listening(app) as address:
        context = browser.new_context(
            locale="en-GB", base_url=address, viewport={"width": 1280, "height": height}
        )
        first = context.new_page()
        sign_in(first, address)
        first.close()
        yield context
        context.close()
