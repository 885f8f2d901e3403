"""Server-sent events: one reader thread in each process reads Redis and passes each signal to the open pages.

One reader for all pages instead of one for each: with 220 open streams other requests took 19 ms instead of 64
(docs/decisions/0011-live-pages.md).
"""

import json
import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.core import signals

KEEP_ALIVE_SECONDS = 4.0
"""Something is sent at least this often: a page that hears nothing for some seconds says so (live_run.js)."""
REFRESH_SECONDS = 8.0
"""Without a signal pages refresh this often, since signals may be lost."""
MIN_INTERVAL_SECONDS = 0.7
"""A page refreshes at most this often, however fast the iterations are."""
SECONDS_BETWEEN_CHECKS = 8.0
"""How often a stream asks whether its reader may go on, beside the signal ``signals.ACCESS``."""
ALIVE = {"alive": True}
"""In place of a signal: nothing happened, and the stream says only that it is there."""
CHECK = "check"
"""In a signal: look whether the reader may go on. Alone in it: nothing else happened."""
_log = logging.getLogger(__name__)


class Broadcaster:
    """Reads the signal stream and wakes the subscribers of each topic."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, socket_timeout=15)
        self._subscribers: dict[str, set[queue.Queue[dict[str, Any]]]] = defaultdict(set)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def subscribe(self, topic: str) -> "queue.Queue[dict[str, Any]]":
        """A queue that holds only the newest signal of the topic."""
        mailbox: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=1)
        with self._lock:
            self._subscribers[topic].add(mailbox)
            # Started by the first page, not at import: gunicorn forks after the app is loaded.
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="signals", daemon=True)
                self._thread.start()
        return mailbox

    def unsubscribe(self, topic: str, mailbox: "queue.Queue[dict[str, Any]]") -> None:
        """The page was closed."""
        with self._lock:
            self._subscribers[topic].discard(mailbox)
            if not self._subscribers[topic]:
                del self._subscribers[topic]

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
                    self._deliver(fields[b"topic"].decode(), json.loads(fields[b"data"]))

    def _deliver(self, topic: str, data: dict[str, Any]) -> None:
        with self._lock:
            if topic == signals.ACCESS:
                mailboxes = [mailbox for several in self._subscribers.values() for mailbox in several]
                data = {CHECK: True}
            else:
                mailboxes = list(self._subscribers.get(topic, ()))
        for mailbox in mailboxes:
            try:
                mailbox.put_nowait(data)
            except queue.Full:
                # Replace the older signal; the page may have emptied the queue in between.
                with suppress(queue.Empty, queue.Full):
                    mailbox.put_nowait(_both(mailbox.get_nowait(), data))


def _both(older: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    """One signal in place of two: the newer one, but neither a check nor a change is lost."""
    if CHECK not in older and CHECK not in newer:
        return newer
    if older == newer:
        return newer
    return {**older, **newer, CHECK: True, "changed": True}


def init_app(app: Flask) -> None:
    """One broadcaster an app."""
    app.extensions["broadcaster"] = Broadcaster(app.extensions["settings"].redis_url)


def stream(topic: str, is_over: Callable[[], bool], may_go_on: Callable[[], bool]) -> Iterator[str]:
    """The text of an event stream: ``changed`` at once and at each signal, ``end`` when the run is over, ``gone`` when
    the reader may not see it any more.

    The first ``changed`` makes a page that reconnects read the database, so no signals are kept for it.
    ``is_over`` is called after subscribing, so that a run that ends in between is noticed. ``may_go_on`` is asked at an
    interval and when a session ended or somebody's access changed, in an app context of its own.
    """
    broadcaster: Broadcaster = current_app.extensions["broadcaster"]
    mailbox = broadcaster.subscribe(topic)
    try:
        over = is_over()
    except BaseException:
        broadcaster.unsubscribe(topic, mailbox)
        raise
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def check() -> bool:
        with app.app_context():
            return may_go_on()

    return _follow(broadcaster, topic, mailbox, over, check)


def _follow(
    broadcaster: Broadcaster,
    topic: str,
    mailbox: "queue.Queue[dict[str, Any]]",
    is_over: bool,
    may_go_on: Callable[[], bool],
) -> Iterator[str]:
    data: dict[str, Any] = {"over": is_over}
    number = 0
    sent = checked = time.monotonic()
    try:
        while True:
            if data == ALIVE:
                yield "event: alive\ndata: {}\n\n"
            elif data != {CHECK: True}:
                number, sent = number + 1, time.monotonic()
                yield f"id: {number}\nevent: changed\ndata: {json.dumps(data)}\n\n"
            if data.get("over"):
                yield "event: end\ndata: {}\n\n"
                return
            time.sleep(MIN_INTERVAL_SECONDS)
            try:
                data = mailbox.get(timeout=KEEP_ALIVE_SECONDS)
            except queue.Empty:
                data = {} if time.monotonic() - sent >= REFRESH_SECONDS else ALIVE
            if CHECK in data or time.monotonic() - checked >= SECONDS_BETWEEN_CHECKS:
                checked = time.monotonic()
                if not may_go_on():
                    yield "event: gone\ndata: {}\n\n"
                    return
    except SQLAlchemyError as error:
        # The browser connects again, and is answered once the database is there.
        _log.warning("a stream ends: %s", error)
    finally:
        broadcaster.unsubscribe(topic, mailbox)
