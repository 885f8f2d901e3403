"""Server-sent events: one reader thread in each process reads Redis and passes each signal to the open pages.

One reader for all pages instead of one for each: with 220 open streams other requests took 19 ms instead of 64
(docs/decisions/0011-live-pages.md).
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError

from webapp.core import signals
from webapp.core.server.streams import EventStream, loop
from webapp.runs.open_pages import CHECK, OpenPage, OpenPages

_log = logging.getLogger(__name__)


class Broadcaster:
    """Reads the signal stream and passes it on."""

    def __init__(self, redis_url: str) -> None:
        self.pages = OpenPages()
        self._redis = Redis.from_url(redis_url, socket_timeout=15)
        self._starts = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Called by the first page, not at import: gunicorn forks after the app is loaded."""
        with self._starts:
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="signals", daemon=True)
                self._thread.start()

    def _read(self) -> None:
        last = "$"
        while True:
            try:
                answer: Any = self._redis.xread({signals.STREAM: last}, count=500, block=5000)
            except RedisError as error:
                _log.warning("signals are not read: %s", error)
                time.sleep(1)
                continue
            for _stream, entries in answer or []:
                for entry_id, fields in entries:
                    last = entry_id.decode()
                    self.deliver(fields[b"topic"].decode(), json.loads(fields[b"data"]))

    def deliver(self, topic: str, data: dict[str, Any]) -> None:
        """To the pages that are open on it."""
        if topic == signals.ACCESS:
            loop().call_soon_threadsafe(self.pages.signal, None, {CHECK: True})
        else:
            loop().call_soon_threadsafe(self.pages.signal, topic, data)


def init_app(app: Flask) -> None:
    """One broadcaster an app."""
    app.extensions["broadcaster"] = Broadcaster(app.extensions["settings"].redis_url)


def stream(topic: str, is_over: Callable[[], bool], may_go_on: Callable[[], bool]) -> EventStream:
    """The event stream of a run, ``OpenPage``; both questions are asked in app contexts of their own."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    broadcaster: Broadcaster = app.extensions["broadcaster"]
    broadcaster.start()

    def in_context(question: Callable[[], bool]) -> Callable[[], bool]:
        def ask() -> bool:
            with app.app_context():
                return question()

        return ask

    return OpenPage(broadcaster.pages, topic, in_context(is_over), in_context(may_go_on))
