"""Converts shapes of labelling tools (boxes, circles, ellipses, lines, points) to polygons in pixels."""

import math
from dataclasses import dataclass, field

from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.coco.shape import make_shape, turned_rectangle
from webapp.formats.masks.polygons import MAX_COORDINATE, possible, read_numbers, read_polygons
from webapp.formats.masks.rle import rectangle

DEVIATION = 0.25
"""Pixels by which a polygon may lie inside the round shape it stands for."""
FEWEST_SIDES, MOST_SIDES = 12, 180
DIGITS = 9
"""Digits behind the point of a pixel that are kept of a difference."""
NORMALISED_SIDES = 90
"""Of an ellipse so small that it is in shares of the photo, whose size is not known yet."""


@dataclass(slots=True)
class Outline:
    """A shape without its category, what was repaired in it, or why it is unusable (`fault`)."""

    shape: ParsedShape | None = None
    repaired: list[Fault] = field(default_factory=list)
    fault: Fault | None = None


def number(value: object) -> float | None:
    """A finite number from a number or its text; None where it is neither."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def box(x: object, y: object, width: object, height: object) -> Outline:
    """A box by its upper left corner; one drawn to the left or upwards has negative sides."""
    sides = [number(value) for value in (x, y, width, height)]
    if any(side is None for side in sides):
        return Outline(fault=Fault.NOT_NUMBERS)
    left, top, w, h = (side for side in sides if side is not None)
    left, top, w, h = min(left, left + w), min(top, top + h), abs(w), abs(h)
    if not possible([left, top, w, h]):
        return Outline(fault=Fault.IMPOSSIBLE_COORDINATES)
    if w == 0 or h == 0:
        return Outline(fault=Fault.NO_AREA)
    bbox = [left, top, w, h]
    return Outline(make_shape("", [rectangle(bbox)], is_box=True, bbox=bbox))


def box_between(left: float, top: float, right: float, bottom: float) -> Outline:
    """A box by two of its corners, without what a difference of decimals adds to the last digits."""
    return box(left, top, round(right - left, DIGITS), round(bottom - top, DIGITS))


def turned(outline: Outline, degrees: object) -> Outline:
    """A box turned clockwise about its centre; itself without an angle."""
    angle = number(degrees)
    if angle is None or abs(angle) > MAX_COORDINATE:
        return Outline(fault=Fault.NOT_NUMBERS)
    if outline.shape is None or angle % 360 == 0:
        return outline
    rectangle = turned_rectangle(outline.shape.bbox, angle % 360)
    return Outline(make_shape("", [rectangle]), [Fault.BOX_TURNED])


def ellipse(cx: object, cy: object, rx: object, ry: object, angle: object = 0) -> Outline:
    """An ellipse by its centre and half axes, turned clockwise by `angle` radians (y points down)."""
    values = [number(value) for value in (cx, cy, rx, ry, angle)]
    if any(value is None for value in values):
        return Outline(fault=Fault.NOT_NUMBERS)
    x, y, a, b, turned = (value for value in values if value is not None)
    if not possible([x, y, a, b]) or abs(turned) > MAX_COORDINATE:
        return Outline(fault=Fault.IMPOSSIBLE_COORDINATES)
    if a <= 0 or b <= 0:
        return Outline(fault=Fault.NO_AREA)
    sides, digits = (_sides(max(a, b)), 3) if max(a, b) > 1 else (NORMALISED_SIDES, 9)
    cos, sin = math.cos(turned), math.sin(turned)
    flat: list[float] = []
    for side in range(sides):
        along = a * math.cos(2 * math.pi * side / sides)
        across = b * math.sin(2 * math.pi * side / sides)
        flat += [
            round(x + along * cos - across * sin, digits),
            round(y + along * sin + across * cos, digits),
        ]
    outline = polygon(flat)
    if outline.shape is not None:
        outline.repaired.append(Fault.OUTLINE_DRAWN)
    return outline


def _sides(radius: float) -> int:
    """The middle of a side lies radius * (1 - cos(pi / sides)) inside the circle."""
    if radius <= DEVIATION:
        return FEWEST_SIDES
    return min(max(math.ceil(math.pi / math.acos(1 - DEVIATION / radius)), FEWEST_SIDES), MOST_SIDES)


def polygon(points: list[object] | list[float]) -> Outline:
    """A polygon from [x1, y1, x2, y2, ...] or [[x1, y1], ...]."""
    reading = read_polygons([list(points)])
    if not reading.polygons:
        return Outline(fault=reading.dropped[0] if reading.dropped else Fault.NO_SHAPE)
    # Both forms are accepted without a finding, unlike in COCO, since tools differ.
    repaired = [r for r in reading.repaired if r not in {Fault.FLAT_SEGMENTATION, Fault.POINT_PAIRS}]
    return Outline(make_shape("", reading.polygons, area=reading.area), list(dict.fromkeys(repaired)))


def line(points: list[object] | list[float]) -> Outline:
    """An open line of two points or more, with a `line_width` of 0; points as in `polygon`.

    One that ends where it began is a line as well: only the tool's polygons are areas.
    """
    numbers = read_numbers(points)
    if numbers is None:
        return Outline(fault=Fault.NOT_NUMBERS)
    flat = numbers.ravel().tolist()
    if not possible(flat):
        return Outline(fault=Fault.IMPOSSIBLE_COORDINATES)
    repaired = [Fault.ODD_COORDINATES] if len(flat) % 2 else []
    flat = flat[: len(flat) // 2 * 2]
    if len(set(zip(flat[0::2], flat[1::2], strict=True))) < 2:
        return Outline(fault=Fault.POINT)
    shape = make_shape("", [flat])
    shape.line_width = 0.0
    return Outline(shape, repaired)
