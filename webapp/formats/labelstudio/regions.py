"""One region of Label Studio: a ``value`` whose lengths are percent of the photo's width and height.

The units: https://labelstud.io/guide/export.html#Units-of-image-annotations
"""

import io
import math
from itertools import chain
from typing import Any

import numpy as np
from PIL import Image

from webapp.formats.annotations.outlines import DIGITS, Outline, box, ellipse, line, number, polygon
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.coco.shape import make_shape
from webapp.formats.labelme.reader import decode_base64
from webapp.formats.labelstudio.brush_mask import decode_brush
from webapp.formats.masks.rle import MAX_MASK_PIXELS, RleInvalid, encode_mask

GEOMETRY = {
    "x", "y", "width", "height", "rotation", "radiusX", "radiusY", "points", "closed", "rle", "format", "imageDataURL",
    "maskDataURL", "vertices", "sequence",
}  # fmt: skip
"""Keys of a value that say where it is."""
MASKS = ("rle", "imageDataURL", "maskDataURL")


def is_region(value: dict[str, Any]) -> bool:
    """Whether a value is a place in a photo, and not a choice or a text about it."""
    return any(key in value for key in ("points", "vertices", "radiusX", "sequence", *MASKS)) or (
        "x" in value and "y" in value and "width" in value
    )


def read_region(value: dict[str, Any], width: int, height: int) -> Outline:
    """The shape in pixels of a photo of `width` x `height`; see Outline."""
    for key in MASKS:
        if value.get(key):
            return _mask(key, value[key], width, height)
    if "points" in value:
        outline = _pixels(value["points"], width, height)
        if isinstance(outline, Outline):
            return outline
        return line(outline) if value.get("closed") is False else polygon(outline)
    if "sequence" in value or "vertices" in value:
        return Outline(fault=Fault.UNKNOWN_SHAPE)
    x, y = number(value.get("x")), number(value.get("y"))
    turned = number(value.get("rotation") or 0)
    if x is None or y is None or turned is None:
        return Outline(fault=Fault.NOT_NUMBERS)
    x, y = _share(x, width), _share(y, height)
    if "radiusX" in value:
        rx, ry = number(value.get("radiusX")), number(value.get("radiusY"))
        if rx is None or ry is None:
            return Outline(fault=Fault.NOT_NUMBERS)
        return ellipse(x, y, _share(rx, width), _share(ry, height), math.radians(turned))
    if "height" not in value:
        return Outline(fault=Fault.POINT)
    w, h = number(value.get("width")), number(value.get("height"))
    if w is None or h is None:
        return Outline(fault=Fault.NOT_NUMBERS)
    return _box(x, y, _share(w, width), _share(h, height), turned % 360)


def _share(percent: float, side: int) -> float:
    """Pixels of a side."""
    return round(percent * side / 100, DIGITS)


def _box(x: float, y: float, w: float, h: float, degrees: float) -> Outline:
    """A box turned clockwise about its upper left corner, which stays where it is."""
    if degrees == 0:
        return box(x, y, w, h)
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners: list[float] = []
    for right, down in ((0.0, 0.0), (w, 0.0), (w, h), (0.0, h)):
        corners += [round(x + right * cos - down * sin, 3), round(y + right * sin + down * cos, 3)]
    outline = polygon(corners)
    if outline.shape is not None:
        outline.repaired = [Fault.BOX_TURNED]
    return outline


def _pixels(points: object, width: int, height: int) -> list[float] | Outline:
    """Percent points as ``[x, y, x, y, …]`` in pixels, or why not."""
    if not isinstance(points, list) or any(
        not isinstance(point, list) or len(point) != 2 for point in points
    ):
        return Outline(fault=Fault.NOT_NUMBERS)
    try:
        percent = np.array(list(map(float, chain.from_iterable(points)))).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError):
        return Outline(fault=Fault.NOT_NUMBERS)
    pixels: list[float] = (percent * (width / 100, height / 100)).round(DIGITS).ravel().tolist()
    return pixels


def _mask(key: str, content: object, width: int, height: int) -> Outline:
    try:
        if key == "rle":
            rle = decode_brush(content, width, height)
        else:
            mask = _picture(content, width, height)
            rle = encode_mask(mask) if mask.any() else None
    except RleInvalid:
        return Outline(fault=Fault.RLE_INVALID)
    return Outline(fault=Fault.NO_AREA) if rle is None else Outline(make_shape("", rle))


def _picture(content: object, width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """A PNG in a data URL, shape [height, width]: black on transparent, or white on black. Raises RleInvalid."""
    data = decode_base64(content) if isinstance(content, str) else None
    if data is None:
        raise RleInvalid("no picture")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            if picture.size != (width, height) or width * height > MAX_MASK_PIXELS:
                raise RleInvalid(f"size {picture.size}")
            if "A" in picture.getbands() or "transparency" in picture.info:
                return np.asarray(picture.convert("RGBA"))[:, :, 3] > 0
            return np.asarray(picture.convert("L")) > 0
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RleInvalid("damaged picture") from error
