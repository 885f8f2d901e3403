"""Streams of events (SSE) to browsers: one thread of a process sends all of them, with an asyncio loop."""

import asyncio
import contextlib
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache
from socket import socket

LARGEST_BACKLOG = 64 * 2**10
"""Bytes that wait for one browser: one that reads no more is closed, and connects again."""
_open: "set[Sender]" = set()
_starts = threading.Lock()


class Sender(ABC):
    """Where the text of a stream goes. All calls are made in ``loop()``."""

    @abstractmethod
    def send(self, text: str) -> None:
        """Nothing waits for it."""

    @abstractmethod
    def close(self) -> None:
        """After what was sent."""


class EventStream(ABC):
    """The body of an answer that goes on without a thread: ``Response(stream, direct_passthrough=True)``.

    Servers other than ours (``worker.py``), such as the client of the tests, iterate over it, in a thread.
    """

    _sender: Sender | None = None

    @abstractmethod
    def begin(self, sender: Sender) -> None:
        """Called once, in ``loop()``."""

    @abstractmethod
    def end(self) -> None:
        """The browser is gone; called in ``loop()``."""

    def send_to(self, client: socket, head: bytes) -> None:
        """Go on with this socket, which is closed at the end."""
        client.setblocking(False)
        asyncio.run_coroutine_threadsafe(_connect(self, client, head), loop())

    def __iter__(self) -> Iterator[bytes]:
        texts: queue.Queue[str | None] = queue.Queue()
        loop().call_soon_threadsafe(self.begin, _ToQueue(texts))
        while (text := texts.get()) is not None:
            yield text.encode()

    def close(self) -> None:
        """Part of WSGI: who iterates has ended."""
        loop().call_soon_threadsafe(self.end)


class _ToQueue(Sender):
    def __init__(self, texts: "queue.Queue[str | None]") -> None:
        self._texts = texts

    def send(self, text: str) -> None:
        self._texts.put(text)

    def close(self) -> None:
        self._texts.put(None)


class _ToBrowser(asyncio.Protocol, Sender):
    """One connection."""

    def __init__(self, stream: EventStream, head: bytes) -> None:
        self._stream, self._head = stream, head

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=LARGEST_BACKLOG)
        transport.write(self._head)
        _open.add(self)
        self._stream.begin(self)

    def connection_lost(self, _error: Exception | None) -> None:
        _open.discard(self)
        self._stream.end()

    def pause_writing(self) -> None:
        self._transport.abort()

    def send(self, text: str) -> None:
        self._transport.write(text.encode())

    def close(self) -> None:
        self._transport.close()


async def _connect(stream: EventStream, client: socket, head: bytes) -> None:
    with contextlib.suppress(OSError):
        await loop().connect_accepted_socket(lambda: _ToBrowser(stream, head), client)


def loop() -> asyncio.AbstractEventLoop:
    """Started by the first stream, not at import: gunicorn forks after the app is loaded."""
    with _starts:
        return _started()


@cache
def _started() -> asyncio.AbstractEventLoop:
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="streams", daemon=True).start()
    return made


def close_all() -> None:
    """The process ends: browsers connect to another."""
    if _open:
        loop().call_soon_threadsafe(lambda: [sender.close() for sender in list(_open)])
