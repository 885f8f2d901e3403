"""Pixels of a decoded photo: upright, and of 8 bits that every reader understands."""

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from webapp.formats.images.transparency import opaque

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


def orientation_of(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8 (1: upright, also where there is none); needs only the header, except for PNG."""
    try:
        orientation: object = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # a broken EXIF is ignored, since it is removed anyway
        return 1
    return orientation if isinstance(orientation, int) and orientation in TURNS else 1


def to_8_bit(image: Image.Image) -> Image.Image:
    """One of PLAIN_MODES.

    16 bits are shifted to 8, the same for every photo, so that brightness stays comparable. Cameras of 12
    bits fill the lower ones only: where no value needs more, 12 bits are taken as the range.
    """
    if image.mode in PLAIN_MODES:
        return image
    if not image.mode.startswith(("I", "F")):
        return image.convert("RGB")
    values = np.asarray(image)
    low, high = np.nanmin(values), np.nanmax(values)
    if values.dtype.kind in "iu" and low >= 0 and high <= 0xFFFF:
        return Image.fromarray((values >> (4 if high <= 0xFFF else 8)).astype(np.uint8))
    # 32 bits and floating point have no fixed range: stretch to the present one.
    span = float(high) - float(low)
    scaled = (values.astype(np.float32) - low) * (255 / span if span > 0 and np.isfinite(span) else 0)
    return Image.fromarray(np.nan_to_num(scaled, posinf=255, neginf=0).clip(0, 255).astype(np.uint8))


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB of 8 bits from every mode of Pillow, without its transparency."""
    return to_8_bit(opaque(image).image).convert("RGB")


def open_rgb(path: Path) -> Image.Image:
    """A stored photo in RGB. Raises OSError."""
    with Image.open(path) as stored:
        return to_rgb(stored)
