"""gunicorn with our worker: neither slow clients nor open streams keep its two threads from others."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from embedded.waiting import free_port, wait_until
from webapp.core.settings import ROOT

MANY = 12
"""More than there are threads."""
SLOW_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
SLOW_BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nslow"
SLOW_CHUNKS = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nslow"
STREAM = b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    module = "tests.core.server.small_app"
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", f"python:{module}", f"{module}:app"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port)},
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: _answers(port), "gunicorn answers", 60)
    yield port, process
    process.send_signal(signal.SIGTERM)
    process.wait(30)


@pytest.fixture
def connect(server: tuple[int, subprocess.Popen[bytes]]) -> Iterator[Callable[[bytes], socket.socket]]:
    with ExitStack() as opened:

        def make(sent: bytes) -> socket.socket:
            client = opened.enter_context(closing(socket.create_connection(("127.0.0.1", server[0]), 20)))
            client.sendall(sent)
            return client

        yield make


def _answers(port: int) -> bool:
    try:
        return _get(port, "/") == b""
    except OSError:
        return False


def _get(port: int, path: str, body: bytes = b"") -> bytes:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("POST", path, body)
        return connection.getresponse().read()


def _all(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    found = b""
    while data := client.recv(65536):
        found += data
    return found


@pytest.mark.parametrize("slow", [SLOW_HEAD, SLOW_BODY, SLOW_CHUNKS, STREAM])
def test_others_are_answered_beside_more_clients_than_threads(
    server: tuple[int, subprocess.Popen[bytes]], connect: Callable[[bytes], socket.socket], slow: bytes
) -> None:
    clients = [connect(slow) for _ in range(MANY)]
    if slow is STREAM:
        for client in clients:
            while b"data: hello" not in client.recv(4096):
                pass
    assert _get(server[0], "/", b"quick") == b"quick"


@pytest.mark.parametrize("slow", [SLOW_HEAD, SLOW_BODY, SLOW_CHUNKS])
def test_who_takes_too_long_is_told_so(connect: Callable[[bytes], socket.socket], slow: bytes) -> None:
    assert _all(connect(slow)).startswith(b"HTTP/1.1 408 ")


def test_a_large_body_that_stops_coming_is_broken_off(connect: Callable[[bytes], socket.socket]) -> None:
    assert _all(connect(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nslow")) == b""


def test_an_idle_connection_is_closed_without_a_word(connect: Callable[[bytes], socket.socket]) -> None:
    found = _all(connect(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    assert found.startswith(b"HTTP/1.1 200 ") and found.endswith(b"\r\n\r\n")


def test_a_head_without_end_is_refused(connect: Callable[[bytes], socket.socket]) -> None:
    assert _all(connect(SLOW_HEAD + b"a" * 66_000)).startswith(b"HTTP/1.1 431 ")


def test_several_requests_at_once_are_answered_in_turn(connect: Callable[[bytes], socket.socket]) -> None:
    one = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"
    found = _all(connect(one + b"one" + one + b"two"))
    assert found.count(b"HTTP/1.1 200 ") == 2 and found.index(b"one") < found.index(b"two")


def test_chunks_come_together(connect: Callable[[bytes], socket.socket]) -> None:
    client = connect(SLOW_CHUNKS)
    client.sendall(b", but\r\n4\r\n all\r\n0\r\n\r\n")
    assert b"slow, but all" in _all(client)


def test_who_asks_to_go_on_is_told_to(connect: Callable[[bytes], socket.socket]) -> None:
    client = connect(
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    )
    assert client.recv(4096).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.sendall(b"body")
    assert _all(client).endswith(b"body")


def test_a_refusal_is_read_while_the_body_is_on_its_way(connect: Callable[[bytes], socket.socket]) -> None:
    client = connect(b"POST /refuse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n")
    for _ in range(100):
        client.sendall(b"x" * 100_000)
    assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_stream_ends_with_its_browser(
    server: tuple[int, subprocess.Popen[bytes]], connect: Callable[[bytes], socket.socket]
) -> None:
    before = int(_get(server[0], "/ended"))
    client = connect(STREAM)
    while b"data: hello" not in client.recv(4096):
        pass
    client.close()
    wait_until(lambda: int(_get(server[0], "/ended")) > before, "the stream ends", 20)
