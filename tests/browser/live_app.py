"""The application itself behind a real socket, for journeys that need a browser and no workers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from tests.conftest import PASSWORD


@contextmanager
def listening(app: OpenAPI) -> Iterator[str]:
    """Its address, while the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    # It looks for its end so often.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


def sign_in(context: BrowserContext) -> None:
    """As the administrator of ``tests.conftest``, without the page for it."""
    form = {"email": "admin@factory.test", "password": PASSWORD}
    assert context.request.post("/sign-in", form=form, max_redirects=0).status == HTTPStatus.FOUND


@contextmanager
def signed_in(app: OpenAPI, browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser of the administrator while the block lasts: 1280 x 900 and in English unless ``options`` differ."""
    usual = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}}
    with listening(app) as address:
        context = browser.new_context(base_url=address, **(usual | options))
        sign_in(context)
        yield context
        context.close()
