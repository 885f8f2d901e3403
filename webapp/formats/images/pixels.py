"""Pixels of a decoded photo: upright, and of 8 bits that every reader understands."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from webapp.formats.images.transparency import opaque
from webapp.formats.images.value_range import MeasuredValues, ValueRange

PLAIN_MODES = {"1", "L", "LA", "P", "RGB", "RGBA"}
"""Pillow's modes that every reader turns into RGB without loss; a PNG holds each of them."""
TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transpose for each EXIF orientation (1: upright)."""
_ROWS = 256
"""Rows scaled together, so that the numbers in between need little memory."""


def orientation_of(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8 (1: upright, also where there is none); needs only the header, except for PNG."""
    try:
        orientation: object = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # a broken EXIF is ignored, since it is removed anyway
        return 1
    return orientation if isinstance(orientation, int) and orientation in TURNS else 1


def to_8_bit(image: Image.Image) -> Image.Image:
    """One of PLAIN_MODES. Values of more than 8 bits are scaled by the range that this photo alone has
    (``MeasuredValues.own_range``); where a model's range is to hold, see ``deep/pixels.py``.
    """
    if image.mode in PLAIN_MODES:
        return image
    if not image.mode.startswith(("I", "F")):
        return image.convert("RGB")
    values = np.asarray(image)
    return Image.fromarray(scaled(values, measured(values).own_range))


def measured(values: NDArray[Any], stated: ValueRange | None = None) -> MeasuredValues:
    """The lowest and highest finite value; 0 and 0 where there is none."""
    if values.dtype.kind == "f":
        finite = values[np.isfinite(values)]
        values = finite if finite.size else np.zeros(1)
    return MeasuredValues(float(values.min()), float(values.max()), stated)


def scaled(values: NDArray[Any], shown: ValueRange) -> NDArray[np.uint8]:
    """8 bits: the low end of ``shown`` and below is 0, its high end and above is 255, rounded in between; NaN is 0."""
    if values.dtype in (np.uint8, np.uint16):
        # A table: no array of floating point numbers, and ten times as fast.
        table = _scaled(np.arange(np.iinfo(values.dtype).max + 1), shown)
        return table[values]
    found = np.empty(values.shape, dtype=np.uint8)
    for start in range(0, len(values), _ROWS):
        found[start : start + _ROWS] = _scaled(values[start : start + _ROWS], shown)
    return found


def _scaled(values: NDArray[Any], shown: ValueRange) -> NDArray[np.uint8]:
    share = (values.astype(np.float64) - shown.low) * (255 / (shown.high - shown.low))
    limited = np.nan_to_num(share, nan=0, posinf=255, neginf=0).clip(0, 255)
    return np.rint(limited).astype(np.uint8)


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB of 8 bits from every mode of Pillow, without its transparency."""
    return to_8_bit(opaque(image).image).convert("RGB")


def open_rgb(path: Path) -> Image.Image:
    """A stored photo in RGB. Raises OSError."""
    with Image.open(path) as stored:
        return to_rgb(stored)
