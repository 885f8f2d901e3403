"""Samples of PGM and PPM files with more than 8 bits (netpbm, binary: P5 and P6), which Pillow scales or shortens."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.formats.images.value_range import ValueRange

_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_HEADER = re.compile(rb"P([56])" + _GAP + rb"(\d+)" + _GAP + rb"(\d+)" + _GAP + rb"(\d+)\s")
_EVERY_CAMERA = 65535
"""Programs write this as the highest value whatever the camera has, so it says nothing."""


def samples(data: bytes) -> tuple[NDArray[Any], ValueRange | None] | None:
    """Height x width (x 3) and the range that the header says; None for a file that is not of these kinds.

    Raises ValueError for one that is cut off.
    """
    header = _HEADER.match(data)
    if header is None:
        return None
    kind, width, height, highest = (int(number) for number in header.groups())
    if not 255 < highest <= _EVERY_CAMERA:
        return None
    count = 3 if kind == 6 else 1
    values = np.frombuffer(data, dtype=">u2", count=width * height * count, offset=header.end())
    shape = (height, width, 3) if kind == 6 else (height, width)
    stated = None if highest == _EVERY_CAMERA else ValueRange(0.0, float(highest))
    return values.reshape(shape).astype(np.uint16), stated
