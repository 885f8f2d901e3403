"""TIFF files of several pictures, which Pillow does not write: pages, and pictures below them (SubIFDs)."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TiffPage:
    """One uncompressed picture."""

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    """Height x width, or height x width x samples."""
    photometric: int = 2
    """1: grey, 2: RGB, 32803: values of a sensor."""
    extra: int | None = None
    """ExtraSamples: 0 unspecified, 1 premultiplied, 2 transparency; None: the tag is missing."""
    orientation: int | None = None
    kind: int = 0
    """NewSubfileType: 1 a smaller picture, 4 a mask."""
    below: tuple["TiffPage", ...] = ()
    is_dng: bool = False


def tiff(*pages: TiffPage, is_big: bool = False) -> bytes:
    """A file of these pages; with offsets of 64 bits where ``is_big``."""
    return _Writer(is_big).file(pages)


class _Writer:
    def __init__(self, is_big: bool) -> None:
        self.is_big = is_big
        self.offset = "Q" if is_big else "I"
        self.data = bytearray(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0) if is_big else b"II*\0\0\0\0\0")

    def file(self, pages: tuple[TiffPage, ...]) -> bytes:
        link = 8 if self.is_big else 4
        for page in pages:
            at, link_of_next = self._directory(page)
            struct.pack_into(f"<{self.offset}", self.data, link, at)
            link = link_of_next
        return bytes(self.data)

    def _directory(self, page: TiffPage) -> tuple[int, int]:
        """Offsets of the directory and of the link to the next one."""
        below = [self._directory(one)[0] for one in page.below]
        pixels = page.pixels if page.pixels.ndim == 3 else page.pixels[..., None]
        height, width, samples = pixels.shape
        strip = self._append(pixels.astype(pixels.dtype.newbyteorder("<")).tobytes())
        tags: dict[int, tuple[str, list[int]]] = {
            254: ("I", [page.kind]),
            256: ("I", [width]),
            257: ("I", [height]),
            258: ("H", [8 * pixels.dtype.itemsize] * samples),
            259: ("H", [1]),
            262: ("H", [page.photometric]),
            273: (self.offset, [strip]),
            277: ("H", [samples]),
            278: ("I", [height]),
            279: ("I", [pixels.nbytes]),
        }
        if page.orientation is not None:
            tags[274] = ("H", [page.orientation])
        if below:
            tags[330] = (self.offset, below)
        if page.extra is not None:
            tags[338] = ("H", [page.extra])
        if page.is_dng:
            tags[50706] = ("B", [1, 4, 0, 0])
        return self._tags(tags)

    def _tags(self, tags: dict[int, tuple[str, list[int]]]) -> tuple[int, int]:
        room = struct.calcsize(f"<{self.offset}")
        entries = b""
        for tag, (code, values) in sorted(tags.items()):
            value = struct.pack(f"<{len(values)}{code}", *values)
            if len(value) > room:
                value = struct.pack(f"<{self.offset}", self._append(value))
            kind = {"B": 1, "H": 3, "I": 4, "Q": 16}[code]
            entries += struct.pack(f"<HH{self.offset}", tag, kind, len(values)) + value.ljust(room, b"\0")
        count = struct.pack("<Q" if self.is_big else "<H", len(tags))
        at = self._append(count + entries + bytes(room))
        return at, len(self.data) - room

    def _append(self, data: bytes) -> int:
        self.data += bytes(len(self.data) % 2)
        at = len(self.data)
        self.data += data
        return at
