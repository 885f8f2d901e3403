"""Streaming JSON reader: a list of 100,000 annotations takes the memory of one.

The values themselves are read by the standard library's scanner, which takes what other tools write and the
standard forbids (NaN, lone surrogates, control characters).
"""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from webapp.formats.annotations.parsed import FormatFault, FormatRejected

MAX_DEPTH = 1000
"""Deeper nesting is refused, also in skipped values."""
MAX_ITEMS = 1_000_000
"""Numbers and fields of one value, e.g. one annotation: a larger one would not fit into memory when read."""
LARGE = 4 * 1024 * 1024
"""Characters from which on the items of a value are counted."""

_DECODER = json.JSONDecoder(strict=False)
_BLANKS = re.compile(r"[ \t\n\r]*")
_STRUCTURE = re.compile(r'"[^"\\]*"|["\[\]{}]')
_OPENING, _CLOSING = {"{", "["}, {"}", "]"}
_NEAR_THE_END = 16
"""No literal, escape or number sign is longer: an error so close to the end of a piece may be its end."""


class JsonReader:
    """A cursor in a JSON text. Each method leaves it behind what it read.

    All raise FormatRejected with NOT_JSON, TOO_DEEP or TOO_COMPLEX.
    """

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._ended = False
        self._lines = 1
        self._columns = 0
        """Characters of the buffer's first line that were already dropped."""

    def peek(self) -> str:
        """The next character that is not blank; empty at the end of the text."""
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """The next value as a whole."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or not self._cut_off(error):
                    raise self._broken(error.pos) from error
            except RecursionError as error:
                raise FormatRejected(FormatFault.TOO_DEEP) from error
            except ValueError as error:  # a number of more digits than Python converts
                raise self._broken(self._at) from error
            else:
                if self._complete(end):
                    self._at = end
                    return value
            self._grow()

    def fields(self) -> Iterator[str]:
        """The keys of the object that comes next; the caller takes or skips each value in between."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise self._broken(self._at)
            key: str = self.value()
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def entries(self) -> Iterator[Any]:
        """The values of the list that comes next, one after the other."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self._take(",]") == "]":
                return

    def items(self) -> Iterator[int]:
        """The numbers of the values of the list that comes next; the caller takes or skips each in between."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        for number in count():
            yield number
            if self._take(",]") == "]":
                return

    def skip(self) -> None:
        """Pass over the next value without keeping it; its brackets are counted, no more."""
        if self.peek() not in {"{", "["}:
            self.value()
            return
        depth = 0
        while True:
            for match in _STRUCTURE.finditer(self._text, self._at):
                found = match.group()
                if found in _OPENING:
                    depth += 1
                    if depth > MAX_DEPTH:
                        raise FormatRejected(FormatFault.TOO_DEEP)
                elif found in _CLOSING:
                    depth -= 1
                    if depth == 0:
                        self._at = match.end()
                        return
                elif found == '"':  # with an escape, or cut off by the end of the piece
                    self._at = match.start()
                    self.value()
                    break
            else:
                self._at = len(self._text)
                if not self._more():
                    raise self._broken(self._at)

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.peek():
            raise self._broken(self._at)

    def _take(self, allowed: str) -> str:
        character = self.peek()
        if not character or character not in allowed:
            raise self._broken(self._at)
        self._at += 1
        return character

    def _complete(self, end: int) -> bool:
        """Whether the value really ends there: of a number the rest may be in the next piece."""
        if self._ended or self._text[end - 1] in '"]}':
            return True
        return end < len(self._text) and self._text[end] in " \t\n\r,]}"

    def _cut_off(self, error: json.JSONDecodeError) -> bool:
        near = error.pos + _NEAR_THE_END >= len(self._text)
        return near or error.msg.startswith("Unterminated string")

    def _grow(self) -> None:
        """Read as much again as the buffer holds, so that a long value is not scanned too often."""
        if len(self._text) - self._at > LARGE and self._text.count(",", self._at) > MAX_ITEMS:
            raise FormatRejected(FormatFault.TOO_COMPLEX)
        wanted = 2 * (len(self._text) - self._at)
        parts: list[str] = []
        while (wanted > 0 or not parts) and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            wanted -= len(piece)
        self._ended = not parts
        self._append("".join(parts))

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return False
        self._append(piece)
        return True

    def _append(self, piece: str) -> None:
        lines = self._text.count("\n", 0, self._at)
        self._lines += lines
        start = self._text.rfind("\n", 0, self._at) + 1
        self._columns = self._at - start if lines else self._columns + self._at
        self._text = self._text[self._at :] + piece
        self._at = 0

    def _broken(self, position: int) -> FormatRejected:
        lines = self._text.count("\n", 0, position)
        start = self._text.rfind("\n", 0, position) + 1
        column = position - start + (0 if lines else self._columns) + 1
        return FormatRejected(FormatFault.NOT_JSON, line=self._lines + lines, column=column)
