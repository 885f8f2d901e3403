"""Photo files with more than 8 bits, written by the letter of the formats, as cameras and tools write them."""

import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

Tag = tuple[int, int, list[Any]]
"""Number, type (2 text, 3 short, 4 long, 11 float, 12 double) and values."""
_FORMS = {2: "s", 3: "H", 4: "I", 11: "f", 12: "d"}
_KINDS = {"u": 1, "i": 2, "f": 3}


def camera(top: int, width: int = 40, height: int = 30, colours: int = 0) -> np.ndarray:
    """All values from 0 to ``top``, without an order; each colour has others."""
    shape = (height, width, colours) if colours else (height, width)
    values = np.linspace(0, top, int(np.prod(shape))).round().astype(np.uint16)
    return np.random.default_rng(5).permutation(values).reshape(shape)


def png(values: np.ndarray, significant: Iterable[int] = (), orientation: int = 1) -> bytes:
    """A PNG of 16 bits: grey, grey with alpha, RGB or RGBA by the last side of ``values``."""
    height, width = values.shape[:2]
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[values.shape[2] if values.ndim == 3 else 1]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))]
    if bits := bytes(significant):
        parts.append((b"sBIT", bits))
    if orientation != 1:
        exif = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
        parts.append((b"eXIf", exif))
    parts += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def pnm(values: np.ndarray, highest: int = 65535) -> bytes:
    """A binary PGM or PPM whose header says this highest value."""
    height, width = values.shape[:2]
    kind = 6 if values.ndim == 3 else 5
    return f"P{kind}\n# a camera\n{width} {height}\n{highest}\n".encode() + values.astype(">u2").tobytes()


def tiff(
    values: np.ndarray,
    *tags: Tag,
    bits: int = 0,
    inverted: bool = False,
    planes: bool = False,
    order: str = "<",
) -> bytes:
    """An uncompressed TIFF of one strip (of one a colour with ``planes``); ``bits`` packs samples of fewer bits."""
    height, width = values.shape[:2]
    count = values.shape[2] if values.ndim == 3 else 1
    body = _packed(values, bits) if bits else _bytes(values, planes, order)
    depth = bits or values.dtype.itemsize * 8
    strips = count if planes else 1
    every: list[Tag] = [
        (256, 4, [width]),
        (257, 4, [height]),
        (258, 3, [depth] * count),
        (259, 3, [1]),
        (262, 3, [2 if count > 2 else 0 if inverted else 1]),
        (277, 3, [count]),
        (278, 4, [height]),
        (279, 4, [len(body) // strips] * strips),
        (284, 3, [2 if planes else 1]),
        (339, 3, [_KINDS[values.dtype.kind]] * count),
        *tags,
    ]
    if count in (2, 4) and not any(number == 338 for number, _kind, _values in tags):
        every.append((338, 3, [2]))
    length = sum(len(_encoded(kind, given, order)) for _number, kind, given in every)
    start = 8 + 2 + 12 * (len(every) + 1) + 4 + 4 * strips + length
    every.append((273, 4, [start + n * len(body) // strips for n in range(strips)]))
    return _directory(sorted(every), order).ljust(start, b"\0") + body


def _directory(tags: list[Tag], order: str) -> bytes:
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    entries, more = b"", b""
    after = 8 + 2 + 12 * len(tags) + 4
    for number, kind, values in tags:
        data = _encoded(kind, values, order)
        count = len(data) if kind == 2 else len(values)
        if len(data) > 4:
            place = struct.pack(f"{order}I", after + len(more))
            more += data
        else:
            place = data.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", number, kind, count) + place
    return head + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + more


def _encoded(kind: int, values: list[Any], order: str) -> bytes:
    if kind == 2:
        return values[0].encode() + b"\0"
    return struct.pack(f"{order}{len(values)}{_FORMS[kind]}", *values)


def _bytes(values: np.ndarray, planes: bool, order: str) -> bytes:
    ordered = np.moveaxis(values, -1, 0) if planes else values
    return ordered.astype(ordered.dtype.newbyteorder(order)).tobytes()


def _packed(values: np.ndarray, bits: int) -> bytes:
    ones = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return b"".join(np.packbits(row.astype(np.uint8).reshape(-1)).tobytes() for row in ones)
