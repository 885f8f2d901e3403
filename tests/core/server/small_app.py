"""What gunicorn runs in these tests: a small WSGI application, and the worker with short times."""

import os
from collections.abc import Iterable
from typing import Any

from webapp.core.server import worker
from webapp.core.server.streams import EventStream, Sender

bind = f"127.0.0.1:{os.environ.get('PORT')}"
worker_class = "webapp.core.server.worker.Worker"
workers = 1
threads = 2
keepalive = 1
graceful_timeout = 5
control_socket_disable = True
worker.SECONDS_OF_HEAD = 1.0
worker.SECONDS_OF_BODY = 1.5
worker.SECONDS_OF_SILENCE = 1
_ended: list[str] = []
_begun: list[str] = []


class Greeting(EventStream):
    """Says hello and goes on."""

    def begin(self, sender: Sender) -> None:
        """Nothing else follows."""
        sender.send("data: hello\n\n")

    def end(self) -> None:
        """Counted."""
        _ended.append("ended")


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """``/stream``, ``/ended``, ``/refuse`` (reads nothing), ``/begun`` (uploads whose first bytes are there), ``/who``;
    everything else answers with its body.
    """
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return Greeting()  # type: ignore[return-value]
    if path == "/refuse":
        start_response("413 Content Too Large", [("Content-Length", "2")])
        return [b"no"]
    if path == "/ended":
        body = str(len(_ended)).encode()
    elif path == "/begun":
        body = str(len(_begun)).encode()
    elif path == "/who":
        body = f"{environ['HTTP_HOST']} {environ.get('HTTP_X_FORWARDED_FOR')}".encode()
    else:
        body = environ["wsgi.input"].read(10)
        if path == "/upload":
            _begun.append(path)
        body += environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
