"""A connection of our worker, and the head of an answer that is a stream."""

from collections.abc import Callable
from typing import Any

from gunicorn.workers.gthread import TConn

from webapp.core.server.incoming import Incoming, State
from webapp.core.server.streams import EventStream

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "server", "date"}


class Connection(TConn):
    """A connection with what was received of its next request."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # It comes to a thread only with a request: nothing is to be waited for there.
        self.data_ready = True
        self.incoming = Incoming()
        self.state = State.IDLE
        self.stream: EventStream | None = None
        self.stream_head = b""

    def init(self) -> None:
        """Called by the thread that answers: what was received comes before what the socket still has."""
        super().init()
        if received := self.incoming.take():
            self.parser.unreader.unread(received)


class Answer:
    """Status and headers that the application has given, with the names by which gunicorn's log reads them."""

    def __init__(self, start_response: Callable[..., Any]) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.sent = 0
        self._start_response = start_response

    def start(self, status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        """``start_response`` of WSGI."""
        self.status, self.headers = status, headers
        return self._start_response(status, headers, *error)

    def head_of_stream(self) -> bytes:
        """Of an answer that ends with its connection."""
        kept = [f"{name}: {value}" for name, value in self.headers if name.lower() not in _HOP_BY_HOP]
        return "\r\n".join([f"HTTP/1.1 {self.status}", *kept, "Connection: close", "", ""]).encode("latin-1")
