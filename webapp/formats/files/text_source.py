"""The text of an annotation file, decoded in pieces so that a large one is never in memory as a whole."""

import codecs
import json
import re
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from webapp.formats.annotations.parsed import FormatFault, FormatRejected
from webapp.formats.files.encodings import OLD_ENCODINGS, is_damaged_utf_8, not_ascii, old_encodings

MAX_BYTES = 128 * 1024 * 1024
"""Default limit of an annotation file."""
PIECE = 1024 * 1024
"""So many bytes are decoded at a time."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
"""In the bytes of no text of one of the old encodings."""


DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.-]{1,20})""")
"""The encoding that the first line of an XML file names."""
ENCODINGS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030", "big5": "cp950", "cp950": "cp950",
    "big5-hkscs": "big5hkscs", "shift_jis": "cp932", "cp932": "cp932", "windows-31j": "cp932", "euc-jp": "euc_jp",
    "euc-kr": "cp949", "iso-8859-1": "latin_1", "latin1": "latin_1", "windows-1252": "cp1252",
}  # fmt: skip
"""Encodings that files may declare, and Python's names of those that hold all their characters."""


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
            start = file.read(200)
        declared = _declared(start)
        self.encoding = self._find_encoding(json.detect_encoding(start[:4]), declared)
        self.guessed = self.encoding in OLD_ENCODINGS and self.encoding != declared
        """Whether the encoding was guessed (neither UTF-8 nor marked), for the report."""

    def pieces(self) -> Iterator[str]:
        """The text from its beginning, in pieces, without a byte order mark."""
        yield from self._decoded(self.encoding)

    def lines(self) -> Iterator[str]:
        """The text line by line, for CSV: line breaks as they are."""
        with TextIOWrapper(self._open(), encoding=self.encoding, newline="") as text:
            yield from text

    def _find_encoding(self, likely: str, declared: str | None) -> str:
        """UTF, which says itself that it is meant, or what Windows of Taiwan, China or Japan wrote."""
        if self._can_be(likely):
            return likely
        if declared and self._can_be(declared):
            return declared
        with self._open() as file:
            if _CONTROL.search(file.read(PIECE)):
                raise FormatRejected(FormatFault.NOT_TEXT)
            file.seek(0)
            sample = not_ascii(iter(lambda: file.read(PIECE), b""))
        for encoding, _ in [] if is_damaged_utf_8(sample) else old_encodings(sample):
            if self._can_be(encoding):
                return encoding
        raise FormatRejected(FormatFault.NOT_TEXT)

    def _can_be(self, encoding: str) -> bool:
        try:
            for _ in self._decoded(encoding):
                pass
        except UnicodeDecodeError:
            return False
        return True

    def _decoded(self, encoding: str) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
        with self._open() as file:
            while piece := file.read(PIECE):
                yield decoder.decode(piece)
            yield decoder.decode(b"", final=True)

    def _open(self) -> BinaryIO:
        # BytesIO shares the bytes until one of them is written to.
        return self._data.open("rb") if isinstance(self._data, Path) else BytesIO(self._data)


def _declared(start: bytes) -> str | None:
    found = DECLARED.match(start.removeprefix(codecs.BOM_UTF8))
    return ENCODINGS.get(found.group(1).decode().lower()) if found else None
