"""The application itself behind a real socket, for journeys that need a browser and no workers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
def signed_in(app: OpenAPI, browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser of the administrator while the block lasts: 1280 x 900 and in English unless ``options`` differ."""
    usual = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}}
    with listening(app) as address:
        context = browser.new_context(base_url=address, **(usual | options))
        first = context.new_page()
        sign_in(first, address)
        first.close()
        yield context
        context.close()
