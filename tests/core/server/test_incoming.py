"""When a request has come far enough for a thread to answer it without waiting."""

import pytest

from webapp.core.server.incoming import LARGEST_HEAD, Incoming, State
from webapp.core.server.request_limits import LARGEST_OF_STRANGERS

HEAD = b"POST /sign-in HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def after(*parts: bytes) -> State:
    incoming = Incoming()
    return [incoming.add(part) for part in parts][-1]


@pytest.mark.parametrize(
    ("received", "state"),
    [
        (HEAD, State.HEAD),
        (HEAD + b"\r\n", State.READY),
        (HEAD + b"Content-Length: 3\r\n\r\n", State.BODY),
        (HEAD + b"content-length:3\r\n\r\nab", State.BODY),
        (HEAD + b"Content-Length: 3\r\n\r\nabc", State.READY),
        (HEAD + b"Content-Length: nonsense\r\n\r\n", State.READY),
        (HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST_OF_STRANGERS + 1), State.READY),
        (CHUNKED, State.BODY),
        (CHUNKED + b"3\r\nab", State.BODY),
        (CHUNKED + b"4\r\n\r\n\r\n", State.BODY),
        (CHUNKED + b"3\r\nabc\r\n0\r\n", State.BODY),
        (CHUNKED + b"3;x=y\r\nabc\r\n0\r\n\r\n", State.READY),
        (CHUNKED + b"0\r\nX-After: 1\r\n\r\n", State.READY),
        (CHUNKED + b"8001\r\n" + b"a" * 0x8001 + b"\r\n7fff\r\n" + b"a" * 0x7FFE, State.READY),
        (CHUNKED + b"this is no size" * 5, State.READY),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * LARGEST_HEAD, State.TOO_LARGE),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * LARGEST_HEAD + b"\r\n\r\n", State.TOO_LARGE),
    ],
)
def test_the_state_of_what_was_received(received: bytes, state: State) -> None:
    assert after(received) is state
    assert after(*(received[at : at + 1] for at in range(len(received)))) is state


def test_nothing_is_idle() -> None:
    assert after(b"") is State.IDLE


def test_what_is_taken_is_gone() -> None:
    incoming = Incoming()
    incoming.add(HEAD + b"\r\n")
    assert incoming.take() == HEAD + b"\r\n"
    assert incoming.add(b"") is State.IDLE
