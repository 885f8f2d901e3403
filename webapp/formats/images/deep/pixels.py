"""Photos with more than 8 bits a sample: their values, and the picture of 8 bits in a range of values."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from webapp.formats.images.deep import pnm
from webapp.formats.images.deep import tiff as deep_tiff
from webapp.formats.images.deep.opencv import decode
from webapp.formats.images.pixels import measured, scaled
from webapp.formats.images.value_range import MeasuredValues, ValueRange

SUFFIXES = {"PNG": ".png", "TIFF": ".tif", "PPM": ".pnm", "JPEG2000": ".jp2"}
"""Formats that may have more than 8 bits, by Pillow's names, and the suffix under which their files are stored."""
_COLOUR_TYPE = 25
"""Where the header of a PNG has it."""
_GREY_WITH_ALPHA = 4
deep_tiff.open_more_kinds()


@dataclass(frozen=True)
class DeepPixels:
    """The values of a photo, as its file has them: not turned by its EXIF."""

    values: NDArray[Any]
    """Height x width, or height x width x 3 (RGB)."""
    alpha: NDArray[np.uint8] | None
    """Height x width; 0 is transparent."""
    is_inverted: bool
    """Whether the highest value is black."""
    measured: MeasuredValues

    def picture(self, shown: ValueRange) -> Image.Image:
        """L, LA, RGB or RGBA."""
        pixels = scaled(self.values, shown)
        if self.is_inverted:
            pixels = 255 - pixels
        picture = Image.fromarray(pixels)
        if self.alpha is not None:
            picture.putalpha(Image.fromarray(self.alpha))
        return picture


def is_deep(image: Image.Image) -> bool:
    """Whether an opened picture has more than 8 bits; needs only the header."""
    if image.format not in SUFFIXES:
        return False
    if image.format == "TIFF":
        return deep_tiff.is_deep(image.tag_v2)  # type: ignore[attr-defined]
    if image.format == "PPM" and image.mode == "RGB":
        tile = image.tile[0]  # type: ignore[attr-defined]
        return bool(
            tile.codec_name == "ppm" and tile.args[1] > 255
        )  # binary; its arguments are mode and maximum
    return image.mode.startswith(("I", "F")) or (image.format == "PNG" and _raw_mode(image).endswith(";16B"))


def bytes_of_pixel(image: Image.Image) -> int:
    """How much memory the values of a pixel need, of a picture for which ``is_deep`` is true."""
    if image.format == "TIFF":
        bits = image.tag_v2.get(deep_tiff.BITS, (16,))  # type: ignore[attr-defined]
        return sum((one + 15) // 16 * 2 for one in bits)
    return 4 if image.mode in ("I", "F") else 2 * len(image.getbands())


def read_deep(data: bytes, image: Image.Image) -> DeepPixels:
    """The values of a file for which ``is_deep`` is true; ``image`` is the opened file at the picture to read.

    Raises exceptions of all kinds for broken data.
    """
    if image.format == "TIFF":
        return _tiff(data, image)
    if image.format == "PPM" and (found := pnm.samples(data)):
        return DeepPixels(found[0], None, False, measured(*found))
    # First by Pillow, which finds where a file is cut off.
    image.load()
    # What the header of JPEG 2000, or of a PGM as text, says is scaled to 16 bits by Pillow.
    scaled_to_16 = image.format != "PNG" and not image.mode.startswith("F")
    stated = ValueRange.of_depth(16) if scaled_to_16 else _significant_bits(data)
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        alpha = None
    else:
        values, alpha = _split(decode(data), grey=data[_COLOUR_TYPE] == _GREY_WITH_ALPHA, has_alpha=True)
    if image.format == "PNG" and stated is not None:
        stated = _where_the_bits_are(values, stated)
    return DeepPixels(values, alpha, False, measured(values, stated))


def _tiff(data: bytes, image: Image.Image) -> DeepPixels:
    tags = image.tag_v2  # type: ignore[attr-defined]
    try:
        values = deep_tiff.samples(data, tags, image.tell())
    except ValueError:
        if not image.mode.startswith(("I", "F")):
            raise
        values = np.asarray(image)  # Pillow reads every compression of grey
    transparent = any(kind in (1, 2) for kind in tags.get(deep_tiff.EXTRA, ()))
    values, alpha = _split(values, grey=values.ndim == 3 and values.shape[2] < 3, has_alpha=transparent)
    inverted = tags.get(deep_tiff.PHOTOMETRIC) == deep_tiff.WHITE_IS_ZERO
    return DeepPixels(values, alpha, inverted, measured(values, deep_tiff.stated_range(tags)))


def _raw_mode(image: Image.Image) -> str:
    """How Pillow's decoder names the samples, such as ``RGB;16B``; known until the picture is decoded."""
    tiles = getattr(image, "tile", None)
    return str(tiles[0].args) if tiles else ""


def _split(
    samples: NDArray[Any], grey: bool, has_alpha: bool
) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """Colour (or grey) and alpha of 8 bits, of samples that have them together."""
    if samples.ndim == 2:
        return samples, None
    values = samples[..., 0] if grey else samples[..., :3]
    if samples.shape[2] in (1, 3) or not has_alpha:
        return values, None
    alpha = samples[..., -1]
    full = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "iu" else 1
    return values, scaled(alpha, ValueRange(0.0, float(full)))


def _significant_bits(data: bytes) -> ValueRange | None:
    """The chunk sBIT of a PNG: how many bits of a sample the camera had (PNG specification, 11.3.3.4)."""
    position = 8
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"IDAT":
            return None
        if kind == b"sBIT":
            colour_type = data[_COLOUR_TYPE]
            depths = data[position + 8 : position + 8 + length][: 3 if colour_type & 2 else 1]
            return ValueRange.of_depth(max(depths)) if depths and 0 < max(depths) <= 16 else None
        position += 12 + length
    return None


def _where_the_bits_are(values: NDArray[Any], stated: ValueRange) -> ValueRange:
    """The range of samples of which a PNG says how many bits are significant.

    By the specification they are the upper ones of 16, and the lower ones are 0 or repeat them; but many programs write
    them as the lower ones.
    """
    if values.dtype != np.uint16 or stated == ValueRange.of_depth(16) or not values.any():
        return stated
    camera = np.arange(int(stated.high) + 1)
    shift = 16 - int(stated.high).bit_length()
    for written in (camera << shift, np.rint(camera * (65535 / stated.high))):
        if (np.abs(values - written[values >> shift]) <= 1).all():
            return ValueRange.of_depth(16)
    return stated
