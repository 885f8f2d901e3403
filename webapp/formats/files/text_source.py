"""The text of an annotation file, decoded in pieces so that a large one is never in memory as a whole."""

import codecs
import json
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from webapp.formats.annotations.parsed import FormatFault, FormatRejected

MAX_BYTES = 128 * 1024 * 1024
"""Default limit of an annotation file."""
PIECE = 1024 * 1024
"""So many bytes are decoded at a time."""
OLD_ENCODING = "cp950"
"""Encoding of tools on Taiwanese Windows that do not use UTF-8: Big5 with Microsoft's extensions."""


class TextSource:
    """The bytes of a file or of a request, and the encoding that they are really in."""

    def __init__(self, data: bytes | Path, max_bytes: int = MAX_BYTES) -> None:
        """Raises FormatRejected where the file is larger than `max_bytes`, empty or no text."""
        self._data = data
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if size > max_bytes:
            raise FormatRejected(FormatFault.TOO_LARGE, limit_mb=max_bytes // (1024 * 1024))
        if size == 0:
            raise FormatRejected(FormatFault.EMPTY)
        with self._open() as file:
            start = file.read(4)
        self.encoding = self._find_encoding(json.detect_encoding(start))
        self.guessed = self.encoding == OLD_ENCODING
        """Whether the encoding was guessed (neither UTF-8 nor marked), for the report."""

    def pieces(self) -> Iterator[str]:
        """The text from its beginning, in pieces, without a byte order mark."""
        yield from self._decoded(self.encoding)

    def lines(self) -> Iterator[str]:
        """The text line by line, for CSV: line breaks as they are."""
        with TextIOWrapper(self._open(), encoding=self.encoding, newline="") as text:
            yield from text

    def _find_encoding(self, likely: str) -> str:
        for encoding in dict.fromkeys([likely, OLD_ENCODING]):
            try:
                for _ in self._decoded(encoding):
                    pass
            except UnicodeDecodeError:
                continue
            return encoding
        raise FormatRejected(FormatFault.NOT_TEXT)

    def _decoded(self, encoding: str) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
        with self._open() as file:
            while piece := file.read(PIECE):
                yield decoder.decode(piece)
            yield decoder.decode(b"", final=True)

    def _open(self) -> BinaryIO:
        # BytesIO shares the bytes until one of them is written to.
        return self._data.open("rb") if isinstance(self._data, Path) else BytesIO(self._data)
