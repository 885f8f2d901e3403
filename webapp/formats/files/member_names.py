"""Names of the members of a zip, in whatever encoding they were written: one for all names of a zip."""

import re
import struct
import zlib
from collections.abc import Callable, Iterable
from zipfile import ZipInfo

from webapp.formats.files.encodings import IMPROBABLE, OLD_ENCODINGS, SAMPLE, old_encodings

UTF_8_FLAG = 0x800
UNICODE_NAME = 0x7075
COMPARED = 20
"""Names that are looked for in the annotation files of the zip."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_LATIN_WORD = re.compile(r"[A-Za-z][\u00c0-\u024f]{1,2}|[\u00c0-\u024f]{1,2}[A-Za-z]")


class MemberNames:
    """Decodes the names of a zip's members.

    Without the flag for UTF-8 the standard means cp437; macOS writes UTF-8 all the same, Windows what its country
    used before: Big5, GBK, Shift-JIS. Some tools add the name in UTF-8 beside it.
    """

    def __init__(self, entries: Iterable[ZipInfo], read_texts: Callable[[], Iterable[str]]) -> None:
        """``read_texts`` reads annotation files of the zip; called only where their names are needed."""
        raw = (_raw_name(entry) for entry in entries)
        names = list(dict.fromkeys(name for name in raw if name is not None and not name.isascii()))
        self.encoding = _encoding_of(names, read_texts) if names else "cp437"
        """Of the names that say nothing of their own."""

    def name(self, entry: ZipInfo) -> str:
        """The name of this member."""
        raw = _raw_name(entry)
        if raw is None:
            return entry.filename
        beside = _unicode_name(entry.extra, raw)
        if beside is not None:
            return beside
        try:
            return entry.filename if raw.isascii() else raw.decode(self.encoding)
        except UnicodeDecodeError:
            return entry.filename


def _raw_name(entry: ZipInfo) -> bytes | None:
    """The bytes of a name without the flag for UTF-8; zipfile has decoded them as cp437."""
    if entry.flag_bits & UTF_8_FLAG:
        return None
    try:
        return entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return None


def _unicode_name(extra: bytes, raw: bytes) -> str | None:
    """The extra field 0x7075: version 1, CRC-32 of the name it replaces, the name in UTF-8 (APPNOTE 4.6.9)."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        content, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == UNICODE_NAME and len(content) > 5 and content[0] == 1:
            if struct.unpack_from("<L", content, 1)[0] != zlib.crc32(raw):
                return None
            return content[5:].decode("utf-8", "replace")
    return None


def _encoding_of(names: list[bytes], read_texts: Callable[[], Iterable[str]]) -> str:
    """One that makes all names readable: that of the annotation files in the zip, else the most probable one."""
    if _are_utf_8(names):
        return "utf-8"
    decoded = {
        encoding: sum(_decoded(name, encoding) is not None for name in names) for encoding in OLD_ENCODINGS
    }
    possible = [encoding for encoding in OLD_ENCODINGS if decoded[encoding] == max(decoded.values())]
    if len(possible) > 1:
        possible = _agreeing(names[:COMPARED], possible, read_texts())
    judged = [
        (encoding, value)
        for encoding, value in old_encodings(b" ".join(names)[:SAMPLE])
        if encoding in possible
    ]
    if not judged:
        return possible[0]
    encoding, value = judged[0]
    return "cp437" if value >= IMPROBABLE and all(map(_is_western, names)) else encoding


def _are_utf_8(names: list[bytes]) -> bool:
    """Two bytes of GBK may also be a letter of UTF-8, but hardly one of Latin alphabets or beyond U+0800."""
    try:
        others = [character for name in names for character in name.decode() if not character.isascii()]
    except UnicodeDecodeError:
        return False
    return max(others) >= "\u0800" or max(others) <= "\u024f"


def _is_western(name: bytes) -> bool:
    """Whether cp437 gives words of Latin letters."""
    return _LATIN_WORD.sub("", name.decode("cp437")).isascii()


def _agreeing(names: list[bytes], encodings: list[str], texts: Iterable[str]) -> list[str]:
    """Those in which most of the names stand in the texts; all where none does."""
    found = dict.fromkeys(encodings, 0)
    for text in texts:
        plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        for encoding in encodings:
            stems = (_stem(_decoded(name, encoding) or "") for name in names)
            found[encoding] += sum(not stem.isascii() and stem in plain for stem in stems)
    return [encoding for encoding in encodings if found[encoding] == max(found.values())]


def _stem(path: str) -> str:
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _decoded(name: bytes, encoding: str) -> str | None:
    try:
        return name.decode(encoding)
    except UnicodeDecodeError:
        return None
