"""One shape of a CVAT file. Coordinates are pixels from the upper left corner of the photo."""

from itertools import cycle
from xml.etree.ElementTree import Element

import numpy as np

from webapp.formats.annotations.outlines import Outline, box_between, ellipse, line, number, polygon, turned
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import ParsedImage
from webapp.formats.coco.lists import MAX_SIDE
from webapp.formats.coco.shape import make_shape
from webapp.formats.masks.rle import MAX_MASK_PIXELS, encode_part

SHAPES = {"box", "polygon", "polyline", "points", "ellipse", "mask", "cuboid", "skeleton"}


def read_outline(element: Element, image: ParsedImage) -> Outline:
    """The shape without its category; see Outline."""
    kind, get = element.tag, element.get
    if kind == "box":
        left, top, right, bottom = (number(get(name)) for name in ("xtl", "ytl", "xbr", "ybr"))
        if left is None or top is None or right is None or bottom is None:
            return Outline(fault=Fault.NOT_NUMBERS)
        return turned(box_between(left, top, right, bottom), get("rotation") or 0)
    if kind == "polygon":
        points = _points(get("points", ""))
        return polygon(points) if points is not None else Outline(fault=Fault.NOT_NUMBERS)
    if kind == "polyline":
        points = _points(get("points", ""))
        return line(points) if points is not None else Outline(fault=Fault.NOT_NUMBERS)
    if kind == "ellipse":
        degrees = number(get("rotation") or 0)
        angle = None if degrees is None else degrees * np.pi / 180
        return ellipse(get("cx"), get("cy"), get("rx"), get("ry"), angle)
    if kind == "mask":
        return _mask(element, image)
    return Outline(fault=Fault.POINT if kind in {"points", "skeleton"} else Fault.UNKNOWN_SHAPE)


def _points(text: str) -> list[float] | None:
    """``x,y;x,y;…`` as ``[x, y, x, y, …]``; None where something is no number."""
    try:
        return [float(value) for point in text.split(";") if point.strip() for value in point.split(",")]
    except ValueError:
        return None


def _mask(element: Element, image: ParsedImage) -> Outline:
    """A mask within its box: lengths of runs row by row, the first of background."""
    sides = [number(element.get(name)) for name in ("left", "top", "width", "height")]
    if any(side is None or not abs(side) <= MAX_SIDE for side in sides):
        return Outline(fault=Fault.RLE_INVALID)
    left, top, width, height = (round(side) for side in sides if side is not None)
    canvas_width, canvas_height = image.width or left + width, image.height or top + height
    if min(width, height, canvas_width, canvas_height) < 1:
        return Outline(fault=Fault.RLE_INVALID)
    if max(width * height, canvas_width * canvas_height) > MAX_MASK_PIXELS:
        return Outline(fault=Fault.RLE_INVALID)
    try:
        runs = list(map(int, element.get("rle", "").split(",")))
    except ValueError:
        return Outline(fault=Fault.RLE_INVALID)
    if min(runs) < 0 or sum(runs) > width * height:
        return Outline(fault=Fault.RLE_INVALID)
    # Tens of numbers: bytes are put together faster than arrays.
    pixels = b"".join([pixel * run for pixel, run in zip(cycle((b"\0", b"\1")), runs, strict=False)])
    part = np.frombuffer(pixels.ljust(width * height, b"\0"), np.uint8).reshape(height, width)
    shape = make_shape("", encode_part(part, left, top, canvas_width, canvas_height))
    return Outline(shape) if shape.area else Outline(fault=Fault.NO_AREA)
