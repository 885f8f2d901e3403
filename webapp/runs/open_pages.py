"""The pages that are open on runs: what each is sent, and when. All of it happens in ``streams.loop()``."""

import asyncio
import json
import logging
import random
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from webapp.core.server.streams import EventStream, Sender, loop

KEEP_ALIVE_SECONDS = 4.0
"""Something is sent at least this often: a page that hears nothing for some seconds says so (live_run.js)."""
REFRESH_SECONDS = 8.0
"""Without a signal pages refresh this often, since signals may be lost."""
MIN_INTERVAL_SECONDS = 0.7
"""A page gets a signal at most this often, however fast the iterations are."""
SECONDS_BETWEEN_CHECKS = 8.0
"""How often a stream asks whether its reader may go on, beside the signal ``signals.ACCESS``."""
REFRESHES_PER_SECOND = 5
"""Of all pages of this process together, in the long run. A refresh takes some 10 ms of a core."""
CHECKS_PER_SECOND = 20
"""The same for checks, of 3 ms."""
LAST_REFRESHES_PER_SECOND = 40
"""When a run is over every page is fetched once more, sooner than that."""
ALIVE = "event: alive\ndata: {}\n\n"
"""Nothing happened: the stream says only that it is there."""
CHECK = "check"
"""In a signal: look whether the reader may go on. Alone in it: nothing else happened."""
Signal = dict[str, Any]
_log = logging.getLogger(__name__)


class OpenPages:
    """All open pages of this process, by topic."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[OpenPage]] = defaultdict(set)
        self.count = 0
        self.checks = ThreadPoolExecutor(2, "stream-checks")

    def add(self, page: "OpenPage") -> None:
        """It was opened."""
        self._by_topic[page.topic].add(page)
        self.count += 1

    def remove(self, page: "OpenPage") -> None:
        """It was closed; a second time does nothing."""
        if page in self._by_topic[page.topic]:
            self._by_topic[page.topic].remove(page)
            self.count -= 1
        if not self._by_topic[page.topic]:
            del self._by_topic[page.topic]

    def signal(self, topic: str | None, data: Signal) -> None:
        """For the pages of this topic; None: for all pages."""
        if topic is None:
            pages = [page for several in self._by_topic.values() for page in several]
        else:
            pages = list(self._by_topic.get(topic, ()))
        for page in pages:
            page.receive(data)


class OpenPage(EventStream):
    """One open page, as an event stream: ``changed`` at once and at each signal, ``end`` when the run is over, ``gone``
    when the reader may not see it any more.

    ``is_over`` is called, in a thread, when the page gets signals, so that a run that ends in between is noticed;
    ``may_go_on`` at an interval and when somebody's access changed.
    """

    def __init__(
        self, pages: OpenPages, topic: str, is_over: Callable[[], bool], may_go_on: Callable[[], bool]
    ) -> None:
        self.topic = topic
        self._pages, self._is_over, self._may_go_on = pages, is_over, may_go_on
        self._sender: Sender | None = None
        self._pending: Signal | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sent = self._refreshes = float("-inf")
        self._checked = 0.0
        self._is_asking = False

    def begin(self, sender: Sender) -> None:
        """The first ``changed`` makes a page that reconnects read the database, so no signals are kept for it."""
        self._sender, self._checked = sender, loop().time()
        self._pages.add(self)
        self._ask(lambda: {"over": self._is_over()})

    def end(self) -> None:
        """Nothing more is sent."""
        self._sender = None
        self._pages.remove(self)
        if self._timer:
            self._timer.cancel()

    def receive(self, data: Signal) -> None:
        """A signal; until the page may get it, it waits, and is one with those that follow."""
        self._pending = data if self._pending is None else _both(self._pending, data)
        if not self._is_asking:
            self._act_at(self._sent + MIN_INTERVAL_SECONDS)

    def _act_at(self, moment: float) -> None:
        if self._timer:
            self._timer.cancel()
        if moment <= loop().time():
            self._act()
        else:
            self._timer = loop().call_at(moment, self._act)

    def _act(self) -> None:
        # Without a signal too: one may have been lost, and the page is fetched again.
        data, self._pending, self._timer = self._pending or {}, None, None
        between = max(SECONDS_BETWEEN_CHECKS, self._pages.count / CHECKS_PER_SECOND)
        if CHECK in data or loop().time() - self._checked >= between:
            self._checked = loop().time()
            self._ask(lambda: data if self._may_go_on() else None)
        else:
            self._send(data)

    def _ask(self, question: Callable[[], Signal | None]) -> None:
        """Send what a question to the database says; None: the reader may not go on."""
        self._is_asking = True
        asked = loop().run_in_executor(self._pages.checks, question)
        asked.add_done_callback(self._answered)

    def _answered(self, asked: "asyncio.Future[Signal | None]") -> None:
        self._is_asking = False
        if self._sender is None:
            return
        try:
            data = asked.result()
        except SQLAlchemyError as error:
            # The browser connects again, and is answered once the database is there.
            _log.warning("a stream ends: %s", error)
            self._close()
            return
        if data is None:
            self._sender.send("event: gone\ndata: {}\n\n")
            self._close()
        else:
            self._send(data)

    def _send(self, data: Signal) -> None:
        if self._sender is None:
            return
        self._sent = loop().time()
        if data != {CHECK: True}:
            if wait := self._milliseconds_to_refresh(bool(data.get("over"))):
                data = {**data, "wait": wait}
            self._sender.send(f"event: changed\ndata: {json.dumps(data)}\n\n")
        else:
            self._sender.send(ALIVE)
        if data.get("over"):
            self._sender.send("event: end\ndata: {}\n\n")
            self._close()
        elif self._pending is not None:
            self._act_at(self._sent + MIN_INTERVAL_SECONDS)
        else:
            self._timer = loop().call_at(self._sent + KEEP_ALIVE_SECONDS, self._keep_alive)

    def _keep_alive(self) -> None:
        now = loop().time()
        if now - self._sent >= REFRESH_SECONDS:
            self._act()
        elif self._sender is not None:
            self._sender.send(ALIVE)
            self._timer = loop().call_at(now + KEEP_ALIVE_SECONDS, self._keep_alive)

    def _milliseconds_to_refresh(self, is_last: bool) -> int:
        """How long the page is to wait until it fetches itself: with many pages open, each in its turn."""
        if is_last:
            return round(1000 * self._pages.count / LAST_REFRESHES_PER_SECOND * random.random())  # noqa: S311
        turn = self._pages.count / REFRESHES_PER_SECOND
        if turn <= MIN_INTERVAL_SECONDS:
            self._refreshes = self._sent
            return 0
        if self._refreshes < self._sent:
            # The first time anywhere in the turn: many pages may have come at once.
            first = self._refreshes == float("-inf")
            self._refreshes = max(
                self._sent,
                self._sent + turn * random.random() if first else self._refreshes + turn,  # noqa: S311
            )
        return round(1000 * (self._refreshes - self._sent))

    def _close(self) -> None:
        sender = self._sender
        self.end()
        if sender:
            sender.close()


def _both(older: Signal, newer: Signal) -> Signal:
    """One signal in place of two: the newer one, but neither a check nor a change is lost."""
    if CHECK not in older and CHECK not in newer:
        return newer
    if older == newer:
        return newer
    return {**older, **newer, CHECK: True, "changed": True}
