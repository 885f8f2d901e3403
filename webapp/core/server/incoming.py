"""Whether a request has come far enough for a thread to answer it without waiting for the client."""

import re
from enum import Enum, auto

from webapp.core.server.request_limits import LARGEST_OF_STRANGERS

LARGEST_HEAD = 64 * 2**10
"""Bytes of a request line and all its headers."""
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding:[^\n]*chunked", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect:[ \t]*100-continue", re.IGNORECASE | re.MULTILINE)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,16})[^\r\n]*\r\n")


class State(Enum):
    """How much of a request is there."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    READY = auto()
    TOO_LARGE = auto()
    """Its head is."""


class Incoming:
    """The bytes of a request so far: its head, and a body of at most ``LARGEST_OF_STRANGERS``.

    A larger body is not waited for: who is signed in is read by a thread, as its length is not for memory, and all
    others are refused before any of it is read.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.expects_continue = False
        """The client sends the body when it was told to go on."""
        self._body_at: int | None = None
        self._length: int | None = 0
        """Bytes of the body; None: it comes in chunks."""

    def add(self, data: bytes) -> State:
        """What has become of the request."""
        searched = max(0, len(self.data) - len(_END_OF_HEAD))
        self.data += data
        if self._body_at is None:
            end = self.data.find(_END_OF_HEAD, searched)
            if end < 0:
                return self._state_of_head()
            self._read_head(end)
        return self._state_of_body()

    def take(self) -> bytes:
        """All bytes, for the server's own parser; empty afterwards."""
        data = bytes(self.data)
        self.__init__()  # type: ignore[misc]
        return data

    def _state_of_head(self) -> State:
        if not self.data:
            return State.IDLE
        return State.TOO_LARGE if len(self.data) > LARGEST_HEAD else State.HEAD

    def _read_head(self, end: int) -> None:
        head = bytes(self.data[: end + 2])
        self._body_at = end + len(_END_OF_HEAD)
        self.expects_continue = _EXPECTS.search(head) is not None
        length = _LENGTH.search(head)
        if _CHUNKED.search(head):
            self._length = None
        elif length:
            self._length = int(length.group(1))

    def _state_of_body(self) -> State:
        begin = self._body_at or 0
        if begin > LARGEST_HEAD:
            return State.TOO_LARGE
        there = len(self.data) - begin
        if self._length is None:
            whole = there > LARGEST_OF_STRANGERS or _ends(self.data, begin)
        else:
            whole = self._length > LARGEST_OF_STRANGERS or there >= self._length
        return State.READY if whole else State.BODY


def _ends(data: bytearray, at: int) -> bool:
    """Whether the chunks that begin there are all, with the last one and its trailers. Broken ones are no reason to
    wait.
    """
    while True:
        size = _CHUNK_SIZE.match(data, at)
        if size is None:
            return len(data) - at > 64
        if int(size.group(1), 16) == 0:
            return data.find(_END_OF_HEAD, size.end() - 2) >= 0
        at = size.end() + int(size.group(1), 16) + 2
        if at > len(data):
            return False
