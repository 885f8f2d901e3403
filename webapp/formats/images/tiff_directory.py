"""Lists the pictures of a TIFF: its pages, and those below them (SubIFDs), where cameras keep the large ones.

TIFF 6.0, section 2; the offsets of 64 bits of BigTIFF; Adobe's TIFF Technical Note 1 (SubIFDs) and DNG 1.7.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PICTURES = 1_000
"""Directories that are read; longer stacks are taken to go on alike."""
CFA, LINEAR_RAW = 32803, 34892
"""PhotometricInterpretation of values of a sensor: with a colour filter on each pixel, or three values a pixel."""
_TYPE_SIZES = {1: ("B", 1), 3: ("H", 2), 4: ("I", 4), 13: ("I", 4), 16: ("Q", 8), 18: ("Q", 8)}
_KIND, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_ORIENTATION, _SAMPLES, _BELOW, _EXTRA, _DNG = 274, 277, 330, 338, 50706
_REDUCED, _MASK = 1, 4
"""Bits of NewSubfileType: a smaller version, or a mask, of another picture."""
_MOST_BELOW = 64
_DAMAGED = (struct.error, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class TiffPicture:
    """One picture of a TIFF, as its directory says."""

    offset: int
    """Of its directory in the file."""
    width: int
    height: int
    bits: int
    samples: int
    compression: int
    photometric: int
    orientation: int
    """As in EXIF: its own, else that of the page it belongs to."""
    has_own_orientation: bool
    says_extra: bool
    """Whether it says what samples beyond the colours mean."""
    is_reduced: bool
    """Whether it is a smaller version of another one."""
    is_mask: bool
    is_dng: bool

    @property
    def is_raw(self) -> bool:
        """Whether it has values of a sensor, which have to be developed."""
        return self.photometric in (CFA, LINEAR_RAW)

    @property
    def kind(self) -> str:
        """What a program needs to know to read it."""
        return f"TIFF, {self.samples} × {self.bits} bit, compression {self.compression}, photometric {self.photometric}"


@dataclass(frozen=True, slots=True)
class TiffPictures:
    """What a TIFF holds."""

    pictures: list[TiffPicture]
    """In the order of the file, a page before those below it; empty where the file is damaged."""
    is_cut_off: bool
    """Whether a directory that is named cannot be read."""


def pictures_of(data: bytes) -> TiffPictures:
    """Walk over the directories; never raises."""
    try:
        reader = _Reader(data)
        pictures = list(reader.pictures())
    except _DAMAGED:
        return TiffPictures([], True)
    return TiffPictures(pictures, reader.is_cut_off)


def with_first(data: bytes, picture: TiffPicture) -> bytes:
    """The same file with this picture as its first."""
    changed = bytearray(data)
    reader = _Reader(data)
    struct.pack_into(reader.order + reader.offset_code, changed, reader.first_at, picture.offset)
    return bytes(changed)


class _Reader:
    """Reads directories. Raises struct.error or ValueError where the file does not begin as a TIFF."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = {b"II": "<", b"MM": ">"}.get(data[:2], "")
        if not self.order:
            raise ValueError("no TIFF")
        (version,) = struct.unpack_from(self.order + "H", data, 2)
        self.is_big = version == 43
        self.offset_code, self.first_at = ("Q", 8) if self.is_big else ("I", 4)
        self.seen: set[int] = set()
        self.is_cut_off = False

    def pictures(self) -> Iterator[TiffPicture]:
        """Pages, each followed by those below it; a damaged directory ends its chain."""
        (offset,) = struct.unpack_from(self.order + self.offset_code, self.data, self.first_at)
        yield from self._chain(offset, 1)

    def _chain(self, offset: int, orientation: int, depth: int = 0) -> Iterator[TiffPicture]:
        while offset and offset not in self.seen and len(self.seen) < MOST_PICTURES:
            self.seen.add(offset)
            try:
                tags, following = self._directory(offset)
            except _DAMAGED:
                self.is_cut_off = True
                return
            picture = _picture(offset, tags, orientation)
            if picture is not None:
                yield picture
            if depth < 2:
                for below in tags.get(_BELOW, ())[:_MOST_BELOW]:
                    own = tags.get(_ORIENTATION, (orientation,))[0]
                    yield from self._chain(below, own, depth + 1)
            offset = following

    def _directory(self, offset: int) -> tuple[dict[int, tuple[int, ...]], int]:
        """Whole numbers of the tags by their numbers, and the offset of the next directory."""
        count_code, entry_size, inline = ("Q", 20, 8) if self.is_big else ("H", 12, 4)
        (count,) = struct.unpack_from(self.order + count_code, self.data, offset)
        if count > 4_096:
            raise ValueError("no directory")
        start = offset + struct.calcsize(count_code)
        tags: dict[int, tuple[int, ...]] = {}
        for at in range(start, start + count * entry_size, entry_size):
            tag, kind, length = struct.unpack_from(f"{self.order}HH{self.offset_code}", self.data, at)
            if kind not in _TYPE_SIZES or not 0 < length <= _MOST_BELOW:
                continue
            code, size = _TYPE_SIZES[kind]
            value_at = at + entry_size - inline
            if length * size > inline:
                (value_at,) = struct.unpack_from(self.order + self.offset_code, self.data, value_at)
            if value_at + length * size <= len(self.data):
                tags[tag] = struct.unpack_from(f"{self.order}{length}{code}", self.data, value_at)
        end = start + count * entry_size
        following = 0
        if end + inline <= len(self.data):
            (following,) = struct.unpack_from(self.order + self.offset_code, self.data, end)
        return tags, following


def _picture(offset: int, tags: dict[int, tuple[int, ...]], orientation: int) -> TiffPicture | None:
    def first(tag: int, default: int) -> int:
        return tags.get(tag, (default,))[0]

    if _WIDTH not in tags or _HEIGHT not in tags:
        return None
    return TiffPicture(
        offset=offset,
        width=first(_WIDTH, 0),
        height=first(_HEIGHT, 0),
        bits=first(_BITS, 1),
        samples=first(_SAMPLES, 1),
        compression=first(_COMPRESSION, 1),
        photometric=first(_PHOTOMETRIC, 1),
        orientation=first(_ORIENTATION, orientation),
        has_own_orientation=_ORIENTATION in tags,
        says_extra=_EXTRA in tags,
        is_reduced=bool(first(_KIND, 0) & _REDUCED),
        is_mask=bool(first(_KIND, 0) & _MASK),
        is_dng=_DNG in tags,
    )
