"""Decodes a picture to the numbers that a mask holds, and tells a mask from a photo by its pixels."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from webapp.formats.masks.runs import Numbers, Runs, runs_of

MASK_FORMATS = ("PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG")
MAX_PIXELS = 200_000_000
FEWEST_EQUAL = 0.75
"""Least share of pixels that equal the one above, of many greys also the one on the left: in a photo noise alone makes
most of them differ."""
MOST_VALUES = 4_096
"""Most numbers or colours in one mask."""
MOST_GREYS = 200
DARK, BRIGHT = 32, 223
"""Greys up to and from which a soft mask counts as black and white."""
CLEAR_SHARE = 0.9
"""Least share of dark and bright pixels in a soft mask."""
FEWEST_STEPS = 8
"""Fewest greys between black and white in a soft edge; fewer may be classes."""
MOST_INSIDE = 0.05
"""Most of the pixels of a soft edge, as a share, that equal all their neighbours."""


@dataclass(frozen=True, slots=True)
class MaskFacts:
    """What is known of a mask picture without its pixels."""

    width: int
    """Pixels."""
    height: int
    distinct: tuple[int, ...]
    """Each number in it once, ascending."""
    is_coloured: bool = False
    """Numbers are colours."""
    colours: Mapping[int, int] = field(default_factory=dict)
    """Colour 0xRRGGBB of each index, where the picture has a palette."""
    is_soft: bool = False
    """Greys between black and white were divided in the middle."""


@dataclass(frozen=True, slots=True)
class MaskPixels:
    """The numbers of a mask picture: index, grey value, or colour 0xRRGGBB."""

    facts: MaskFacts
    values: Numbers
    """Shape [height, width]."""
    runs: Runs
    """The same as runs."""


class NoPicture(ValueError):
    """The file cannot be decoded."""


def read_mask(content: Path | bytes, max_pixels: int = MAX_PIXELS) -> MaskPixels | None:
    """The numbers of a mask picture; None where its pixels are those of a photo.

    An index of a palette is kept where index 0 is black, as in Pascal VOC; else the colours are what counts. Alpha
    only takes away: what is transparent is background. Raises NoPicture.
    """
    try:
        with Image.open(
            content if isinstance(content, Path) else io.BytesIO(content), formats=MASK_FORMATS
        ) as image:
            if not 0 < image.width * image.height <= max_pixels:
                raise NoPicture(f"{image.width} x {image.height} pixels")
            image.load()
            return _numbers(image)
    except NoPicture:
        raise
    except Exception as error:  # decoders raise arbitrary exceptions on broken data
        raise NoPicture(str(error)) from error


def _numbers(image: Image.Image) -> MaskPixels | None:
    alpha, is_lossy = None, image.format == "JPEG"
    if image.mode in {"RGBA", "LA", "PA"}:
        alpha = np.asarray(image.getchannel("A")) < 128
        image = image.convert("L" if image.mode == "LA" else "RGB")
    colours: Mapping[int, int] = {}
    if image.mode == "P":
        colours = _palette(image)
        if colours.get(0, 0) != 0:
            image, colours = image.convert("RGB"), {}
    if image.mode == "CMYK" or image.mode not in {"1", "L", "P", "I", "I;16", "I;16B", "I;16L", "F"}:
        image = image.convert("RGB")
    pixels = np.asarray(image)
    is_coloured = pixels.ndim == 3
    if is_coloured and (pixels[..., :1] == pixels).all():
        pixels, is_coloured = pixels[..., 0], False
    if is_coloured:
        wide = pixels.astype(np.int32)
        values = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    elif pixels.dtype.kind == "f" and not (np.isfinite(pixels).all() and np.abs(pixels).max() < 2**31):
        return None
    else:
        values = pixels if pixels.dtype == np.uint8 else pixels.astype(np.int32)
    if alpha is not None:
        values = np.where(alpha, 0, values)
    return _as_mask(values, is_coloured, colours, is_lossy)


def _as_mask(
    values: Numbers, is_coloured: bool, colours: Mapping[int, int], is_lossy: bool
) -> MaskPixels | None:
    runs = runs_of(values)
    distinct = runs.distinct
    if distinct[0] < 0:
        return None
    height, width = values.shape
    is_grey = not is_coloured and not colours and distinct[-1] < 256
    if is_grey and (is_lossy or len(distinct) >= FEWEST_STEPS + 2):
        divided = _divided(values, distinct, is_lossy)
        if divided is not None:
            runs = runs_of(divided)
            return MaskPixels(MaskFacts(width, height, tuple(runs.distinct), is_soft=True), divided, runs)
    if is_lossy or len(distinct) > (MOST_GREYS if is_grey else MOST_VALUES):
        return None
    # Where a column ends, a run need not.
    if runs.starts.size - width > (1 - FEWEST_EQUAL) * values.size:
        return None
    if is_grey and len(distinct) >= FEWEST_STEPS and (values[:, 1:] == values[:, :-1]).mean() < FEWEST_EQUAL:
        return None
    return MaskPixels(MaskFacts(width, height, tuple(distinct), is_coloured, colours), values, runs)


def _divided(values: Numbers, distinct: list[int], is_lossy: bool) -> Numbers | None:
    """0 and 255 for a mask of black and white with soft edges, divided in the middle; None for any other.

    Greys of an edge differ from pixel to pixel, those of a class make areas.
    """
    counts = np.bincount(values.ravel(), minlength=256)
    clear = int(counts[: DARK + 1].sum() + counts[BRIGHT:].sum())
    if clear < CLEAR_SHARE * values.size:
        return None
    if not is_lossy:
        between = (values > 0) & (values < 255)
        if distinct[0] > 0 or distinct[-1] < 255:
            return None
        if _inside_areas(values, between) > MOST_INSIDE * between.sum():
            return None
    return np.where(values >= 128, 255, 0).astype(np.uint8)


def _inside_areas(values: Numbers, among: NDArray[np.bool_]) -> int:
    """How many of these pixels equal their four neighbours."""
    middle = values[1:-1, 1:-1]
    beside = (middle == values[1:-1, :-2]) & (middle == values[1:-1, 2:])
    return int(
        (beside & (middle == values[:-2, 1:-1]) & (middle == values[2:, 1:-1]) & among[1:-1, 1:-1]).sum()
    )


def _palette(image: Image.Image) -> Mapping[int, int]:
    return _colours(bytes(image.getpalette("RGB") or []))


@lru_cache(maxsize=16)
def _colours(palette: bytes) -> Mapping[int, int]:
    """Colour by index; the pictures of a set have mostly one palette."""
    triples = zip(palette[0::3], palette[1::3], palette[2::3], strict=False)
    return MappingProxyType(
        {index: red << 16 | green << 8 | blue for index, (red, green, blue) in enumerate(triples)}
    )
