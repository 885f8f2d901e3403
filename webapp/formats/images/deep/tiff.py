"""Samples of TIFF files that have more than 8 bits, and the range that the file says they have.

Pillow reads colours of 16 bits as 8 and does not open several kinds at all. What is not compressed is read here
(TIFF 6.0: strips of rows, packed bits, separate planes), the rest by OpenCV.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from webapp.formats.images.deep.opencv import decode
from webapp.formats.images.value_range import ValueRange

WIDTH, HEIGHT = 256, 257
BITS, COMPRESSION, PHOTOMETRIC, DESCRIPTION, STRIPS = 258, 259, 262, 270, 273
SAMPLES, BYTE_COUNTS, LOWEST, HIGHEST, PLANAR = 277, 279, 280, 281, 284
EXTRA, FORMAT, SMIN, SMAX = 338, 339, 340, 341
DNG_BLACK, DNG_WHITE = 50714, 50717
UINT, INT, FLOAT = 1, 2, 3
WHITE_IS_ZERO = 0
SEPARATE_PLANES = 2
_SIGNIFICANT_BITS = re.compile(r'\bSignificantBits="(\d{1,2})"')
"""Of the first image in the XML of OME-TIFF (Pixels/@SignificantBits)."""
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
Tags = TiffImagePlugin.ImageFileDirectory_v2


def open_more_kinds() -> None:
    """Let Pillow read the header of kinds that it does not know; their samples are read by ``samples``."""
    kinds = [
        (FLOAT, 16),
        (FLOAT, 32),
        (FLOAT, 64),
        (UINT, 10),
        (UINT, 14),
        (UINT, 16),
        (UINT, 32),
        (INT, 16),
        (INT, 32),
    ]
    for prefix in (b"II", b"MM"):
        for form, bits in kinds:
            for count, extra in (
                (1, ()),
                (2, (0,)),
                (2, (1,)),
                (2, (2,)),
                (3, ()),
                (4, (0,)),
                (4, (1,)),
                (4, (2,)),
            ):
                for photometric in (2,) if count > 2 else (0, 1):
                    key = (prefix, photometric, (form,), 1, (bits,) * count, extra)
                    TiffImagePlugin.OPEN_INFO.setdefault(key, (_MODES[count], "unknown"))


def is_deep(tags: Tags) -> bool:
    """Whether a sample has more than 8 bits, and is grey or a colour of RGB."""
    return max(tags.get(BITS, (1,))) > 8 and tags.get(PHOTOMETRIC) in (0, 1, 2)


def stated_range(tags: Tags) -> ValueRange | None:
    """What the file says about its range; None where it says nothing.

    A range of all bits of the container says nothing: writers put it there for every camera.
    """
    bits = max(tags.get(BITS, (1,)))
    packed = ValueRange.of_depth(bits) if bits in (10, 12, 14) else None
    for low, high in ((SMIN, SMAX), (LOWEST, HIGHEST), (DNG_BLACK, DNG_WHITE)):
        found = _range(_number(tags.get(low), min), _number(tags.get(high), max))
        if found is not None and found != ValueRange.of_depth(bits):
            return found
    significant = _SIGNIFICANT_BITS.search(str(tags.get(DESCRIPTION, "")))
    if significant is not None and 0 < int(significant[1]) <= bits:
        return ValueRange.of_depth(int(significant[1]))
    return packed


def samples(data: bytes, tags: Tags, page: int) -> NDArray[Any]:
    """Height x width, or height x width x samples in the file's order. Raises ValueError where it cannot be read."""
    if tags.get(COMPRESSION, 1) == 1 and STRIPS in tags:
        return _uncompressed(data, tags)
    if tags.get(PLANAR) == SEPARATE_PLANES and tags.get(SAMPLES, 1) > 1:
        raise ValueError("compressed planes")
    values = decode(data, page)
    bits = tags.get(BITS, (1,))[0]
    # OpenCV puts packed samples into the upper bits.
    return values >> np.uint16(16 - bits) if bits in (10, 12, 14) and values.dtype == np.uint16 else values


def _uncompressed(data: bytes, tags: Tags) -> NDArray[Any]:
    # Pillow's size is that of the upright picture.
    width, height = tags[WIDTH], tags[HEIGHT]
    bits, count = tags.get(BITS, (1,))[0], tags.get(SAMPLES, 1)
    separate = tags.get(PLANAR) == SEPARATE_PLANES and count > 1
    rows, in_row = (height * count, width) if separate else (height, width * count)
    body = _joined(data, tags, rows * ((in_row * bits + 7) // 8))
    if bits % 8:
        values: NDArray[Any] = _unpacked(body, bits, rows, in_row)
    else:
        kind = {UINT: "u", INT: "i", FLOAT: "f"}[tags.get(FORMAT, (UINT,))[0]]
        order = "<" if data[:2] == b"II" else ">"
        values = np.frombuffer(body, dtype=f"{order}{kind}{bits // 8}", count=rows * in_row)
        values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if separate:
        return np.moveaxis(values.reshape(count, height, width), 0, -1)
    return values.reshape((height, width, count) if count > 1 else (height, width))


def _joined(data: bytes, tags: Tags, length: int) -> bytes:
    """The strips one after the other, up to this length: a file may name the same bytes in any number of strips."""
    body = bytearray()
    for start, size in zip(tags[STRIPS], tags[BYTE_COUNTS], strict=True):
        if len(body) >= length:
            break
        body += data[start : start + min(size, length - len(body))]
    return bytes(body)


def _unpacked(body: bytes, bits: int, rows: int, in_row: int) -> NDArray[np.uint16]:
    """Samples of 9 to 15 bits without gaps, each row beginning with a whole byte."""
    length = (in_row * bits + 7) // 8
    packed = np.frombuffer(body, dtype=np.uint8, count=rows * length).reshape(rows, length)
    found = np.empty((rows, in_row), dtype=np.uint16)
    weights = 1 << np.arange(bits - 1, -1, -1, dtype=np.uint16)
    for row in range(rows):  # one at a time: each bit needs a byte
        ones = np.unpackbits(packed[row])[: in_row * bits].reshape(in_row, bits)
        found[row] = ones @ weights
    return found


def _number(value: Any, choose: Any) -> float | None:
    """One number of a tag that has one for each sample."""
    try:
        return float(choose(value)) if isinstance(value, tuple) else None if value is None else float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _range(low: float | None, high: float | None) -> ValueRange | None:
    if high is None or not np.isfinite(high) or not np.isfinite(low or 0):
        return None
    return ValueRange(low or 0.0, high) if (low or 0.0) < high else None
