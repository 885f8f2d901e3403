"""A gunicorn worker whose threads never wait for a client that is slow, or that only listens.

gunicorn's ``gthread`` gives a thread to a connection from its first byte to its last answer: 144 clients that send a
byte a second, or 144 open event streams, are all that it has. Here the worker's own loop receives what a request needs
(``incoming.py``) before a thread gets it, and a stream of events leaves its thread once its headers are known
(``streams.py``). Why so: docs/decisions/0097-threads-do-not-wait-for-clients.md.
"""

import errno
import struct
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from functools import partial
from selectors import EVENT_READ
from socket import SHUT_WR, SO_RCVTIMEO, SOL_SOCKET, socket
from threading import local
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from webapp.core.server.connection import Answer, Connection
from webapp.core.server.incoming import State
from webapp.core.server.streams import EventStream, close_all

SECONDS_OF_HEAD = 15.0
SECONDS_OF_BODY = 30.0
"""For a body of at most ``LARGEST_OF_STRANGERS``."""
SECONDS_OF_SILENCE = 60
"""Within a larger body, which a thread reads: then it is broken off."""
SECONDS_TO_END = 5.0
"""How long a client may go on sending after its answer; closed before, it might not read that."""
SECONDS_TO_SKIP = 0.1
"""For what is left of a body that nobody read, before the connection is used again."""
CHUNK = 64 * 2**10
_NO_TIME = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class Worker(ThreadWorker):
    """``worker_class`` of ``gunicorn.conf.py``."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting: dict[Connection, None] = {}
        """Those that the loop reads from, the longest known first."""
        self._here = local()
        self._looked_at = 0.0

    def load_wsgi(self) -> None:
        """The application; streams of events come out of it sideways."""
        super().load_wsgi()
        application: Any = self.wsgi
        self.wsgi: Any = partial(self._without_streams, application)

    # What comes in.

    def accept(self, listener: socket) -> None:
        """A new connection waits for its request in the loop."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        client.setsockopt(SOL_SOCKET, SO_RCVTIMEO, struct.pack("ll", SECONDS_OF_SILENCE, 0))
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections and self.waiting:
            # Where somebody opens connections without end, new ones are worth more than the oldest that wait.
            self._drop(next(iter(self.waiting)))
        connection = Connection(self.cfg, client, address, listener.getsockname())
        self._wait(connection, self._receive, SECONDS_OF_HEAD)

    def _wait(self, connection: Connection, read: Callable[..., None], seconds: float) -> None:
        connection.sock.setblocking(False)
        connection.timeout = time.monotonic() + seconds
        self.waiting[connection] = None
        self.poller.register(connection.sock, EVENT_READ, partial(read, connection))

    def _no_longer(self, connection: Connection) -> None:
        if connection in self.waiting:
            del self.waiting[connection]
            self.poller.unregister(connection.sock)

    def _receive(self, connection: Connection, client: socket) -> None:
        try:
            data = client.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._add(connection, data)
        else:
            self._drop(connection)

    def _add(self, connection: Connection, data: bytes) -> None:
        before, connection.state = connection.state, connection.incoming.add(data)
        if connection.state is State.READY:
            self._no_longer(connection)
            connection.state = State.IDLE
            self.enqueue_req(connection)
        elif connection.state is State.TOO_LARGE:
            self._refuse(connection, _TOO_LARGE)
        elif connection.state is State.BODY and before is not State.BODY:
            connection.timeout = time.monotonic() + SECONDS_OF_BODY
            if connection.incoming.expects_continue:
                connection.sock.send(_GO_ON)
        elif connection.state is State.HEAD and before is State.IDLE:
            connection.timeout = time.monotonic() + SECONDS_OF_HEAD

    # What goes out.

    def handle_request(self, request: Any, connection: Connection) -> bool:
        """In a thread."""
        self._here.connection, self._here.request = connection, request
        return bool(super().handle_request(request, connection))

    def _without_streams(
        self, application: Callable[..., Any], environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Any:
        answer = Answer(start_response)
        body = application(environ, answer.start)
        if not isinstance(body, EventStream):
            return body
        connection: Connection = self._here.connection
        connection.stream, connection.stream_head = body, answer.head_of_stream()
        self.log.access(answer, self._here.request, environ, timedelta())
        # gunicorn's word for: nothing more is to be written here.
        raise StopIteration

    def _keepalive_after(self, connection: Connection, keepalive: bool) -> bool:
        return bool(keepalive and connection.parser.finish_body(deadline=time.monotonic() + SECONDS_TO_SKIP))

    def finish_request(self, connection: Connection, done: "Future[Any]") -> None:
        """In the loop, after a thread has answered."""
        keep = not done.cancelled() and done.exception() is None and done.result()
        if connection.stream is not None:
            self.nr_conns -= 1
            connection.stream.send_to(connection.sock, connection.stream_head)
        elif keep:
            self._wait(connection, self._receive, self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
            # It may have sent the next request with the last one.
            if data := connection.parser.unreader.take_buffered():
                self._add(connection, data)
        else:
            self._end(connection)

    # How it ends.

    def _end(self, connection: Connection) -> None:
        """Close once the client has read the answer and closed too; what it sends meanwhile is thrown away."""
        with suppress(OSError):
            connection.sock.shutdown(SHUT_WR)
        connection.state = State.IDLE
        self._wait(connection, self._skip, SECONDS_TO_END)

    def _skip(self, connection: Connection, client: socket) -> None:
        try:
            if client.recv(CHUNK):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(connection)

    def _refuse(self, connection: Connection, answer: bytes) -> None:
        self._no_longer(connection)
        with suppress(OSError):
            connection.sock.send(answer)
        self._end(connection)

    def _drop(self, connection: Connection) -> None:
        self._no_longer(connection)
        self.nr_conns -= 1
        connection.close()

    def murder_keepalived(self, force: bool = False) -> None:
        """Called at every turn of the loop: once a second, end what has had its time."""
        moment = time.monotonic()
        if not force and moment - self._looked_at < 1:
            return
        self._looked_at = moment
        for connection in list(self.waiting):
            if force or connection.timeout <= moment:
                if connection.state in (State.HEAD, State.BODY):
                    self._refuse(connection, _NO_TIME)
                else:
                    self._drop(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker stops: browsers connect again, to the next one."""
        close_all()
        for connection in self.waiting:
            connection.timeout = min(connection.timeout, deadline)
