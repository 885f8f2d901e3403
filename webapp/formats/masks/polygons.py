"""Reading polygons as tools write them, scaling them, cutting them at the edge of a photo, writing them as text."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.masks.rle import polygon_area
from webapp.formats.masks.segmentation import Box, Polygon, Polygons

MAX_COORDINATE = 1_000_000.0
"""Largest valid coordinate in pixels."""
ASPECT_TOLERANCE = 0.01
"""Sizes whose aspect ratios differ by less than this share are treated as one photo in two resolutions."""
TINY_AREA = 1e-6
"""Below this area in square pixels, polygons are tested for collinear points."""


@dataclass(slots=True)
class PolygonReading:
    """The usable polygons, what was repaired in them, and why others are unusable."""

    polygons: Polygons = field(default_factory=list)
    area: float | None = None
    """Of the last polygon, square pixels, where it had to be computed."""
    repaired: list[Fault] = field(default_factory=list)
    dropped: list[Fault] = field(default_factory=list)


def read_polygons(value: list[object]) -> PolygonReading:
    """Read a COCO `segmentation` list; see PolygonReading. Raises nothing."""
    reading = PolygonReading()
    if not value:
        return reading
    parts = value
    if not isinstance(value[0], list):
        parts = [value]
        reading.repaired.append(Fault.FLAT_SEGMENTATION)
    elif len(value) >= 3 and all(_is_point(part) for part in value):
        parts = [value]
        reading.repaired.append(Fault.POINT_PAIRS)
    for part in parts:
        _read_part(part, reading)
    return reading


def _is_point(part: object) -> bool:
    return isinstance(part, list) and len(part) == 2 and not any(isinstance(v, (list, dict)) for v in part)


def _read_part(part: object, reading: PolygonReading) -> None:
    flat = plain_numbers(part)
    if flat is None:
        numbers = read_numbers(part)
        if numbers is None:
            reading.dropped.append(Fault.NOT_NUMBERS)
            return
        if numbers.ndim == 2 and Fault.POINT_PAIRS not in reading.repaired:
            reading.repaired.append(Fault.POINT_PAIRS)
        flat = numbers.ravel().tolist()
    if not possible(flat):
        reading.dropped.append(Fault.IMPOSSIBLE_COORDINATES)
        return
    repairs = []
    if len(flat) % 2:
        flat.pop()
        repairs.append(Fault.ODD_COORDINATES)
    length = len(flat)
    while length >= 4 and flat[0] == flat[length - 2] and flat[1] == flat[length - 1]:
        length -= 2
    if length < len(flat):
        del flat[length:]
        repairs.append(Fault.POLYGON_CLOSED)
    if length < 6:
        reading.dropped.append(Fault.TOO_FEW_POINTS)
        return
    if not _is_wide(flat):
        area = polygon_area(flat)
        if _on_one_line(flat, area):
            reading.dropped.append(Fault.NO_AREA)
            return
        reading.area = area
    reading.polygons.append(flat)
    reading.repaired.extend(repairs)


def plain_numbers(part: object) -> Polygon | None:
    """A list of numbers as floats; None where it is anything else, which `read_numbers` may still read."""
    if not isinstance(part, list):
        return None
    try:
        return list(map(float, part))
    except (TypeError, ValueError, OverflowError):
        return None


def possible(flat: Polygon) -> bool:
    """Whether these are coordinates that a photo can have: finite and not absurdly large."""
    # The sum finds NaN, which no comparison does.
    return not flat or (
        min(flat) >= -MAX_COORDINATE and max(flat) <= MAX_COORDINATE and not math.isnan(sum(flat))
    )


def read_numbers(part: object) -> NDArray[np.float64] | None:
    """A list of numbers, shape [n], or of points, shape [n, 2], as an array; None where it is neither."""
    if not isinstance(part, list):
        return None
    try:
        numbers = np.array(part, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if numbers.ndim == 1 or (numbers.ndim == 2 and numbers.shape[1] == 2):
        return numbers
    return None


def _is_wide(flat: Polygon) -> bool:
    """Whether its first three points alone show that they are not on one line; not where they are shares."""
    x, y = flat[0], flat[1]
    return abs((flat[2] - x) * (flat[5] - y) - (flat[4] - x) * (flat[3] - y)) > 1


def _on_one_line(flat: Polygon, area: float) -> bool:
    if area > TINY_AREA:
        return False
    # A bow tie has no area by the shoelace formula either, yet it covers pixels: ask for the rank.
    points = np.asarray(flat).reshape(-1, 2)
    return int(np.linalg.matrix_rank(points - points[0], tol=1e-6)) < 2


def same_proportions(width: float, height: float, other_width: float, other_height: float) -> bool:
    """Whether two sizes can be those of one photo in two resolutions."""
    return abs((other_width / width) / (other_height / height) - 1) <= ASPECT_TOLERANCE


def scale_polygon(flat: Polygon, scale_x: float, scale_y: float) -> Polygon:
    """The polygon in a photo that is `scale_x` times as wide and `scale_y` times as high."""
    return [value * (scale_y if index % 2 else scale_x) for index, value in enumerate(flat)]


def clip_polygon(flat: Polygon, width: float, height: float) -> Polygon:
    """The part of a polygon inside 0..width, 0..height; empty where nothing of it is.

    Sutherland and Hodgman, "Reentrant polygon clipping", 1974: cut at one edge after the other. A concave
    polygon that falls apart stays one outline whose pieces are joined along the edge of the photo, which
    covers no pixel. An import may clip 100,000 shapes: this takes 40 µs for 20 points, shapely's intersection 150.
    """
    points = list(zip(flat[0::2], flat[1::2], strict=True))
    for axis, limit, keep in (
        (0, 0.0, _at_least),
        (0, float(width), _at_most),
        (1, 0.0, _at_least),
        (1, float(height), _at_most),
    ):
        points = _cut(points, axis, limit, keep)
    if len(points) < 3:
        return []
    clipped = [coordinate for point in points for coordinate in point]
    return [] if not _is_wide(clipped) and _on_one_line(clipped, polygon_area(clipped)) else clipped


def clip_box(bbox: Box, width: float, height: float) -> Box | None:
    """The part of a box inside 0..width, 0..height, the box itself where nothing is cut; None where nothing is left."""
    x, y, w, h = bbox
    if x >= 0 and y >= 0 and x + w <= width and y + h <= height:
        return bbox
    left, top, right, bottom = max(x, 0.0), max(y, 0.0), min(x + w, float(width)), min(y + h, float(height))
    return None if right <= left or bottom <= top else [left, top, right - left, bottom - top]


def points_text(flat: Polygon) -> str:
    """``x,y x,y …``, as SVG and the CSV of detections have it."""
    return " ".join(f"{x:g},{y:g}" for x, y in zip(flat[0::2], flat[1::2], strict=True))


Point = tuple[float, float]


def _at_least(value: float, limit: float) -> bool:
    return value >= limit


def _at_most(value: float, limit: float) -> bool:
    return value <= limit


def _cut(points: list[Point], axis: int, limit: float, keep: Callable[[float, float], bool]) -> list[Point]:
    result: list[Point] = []
    for index, point in enumerate(points):
        before = points[index - 1]
        if keep(point[axis], limit) != keep(before[axis], limit):
            crossing = _crossing(before, point, axis, limit)
            if not result or result[-1] != crossing:
                result.append(crossing)
        if keep(point[axis], limit) and (not result or result[-1] != point):
            result.append(point)
    if len(result) > 1 and result[0] == result[-1]:
        result.pop()
    return result


def _crossing(start: Point, end: Point, axis: int, limit: float) -> Point:
    share = (limit - start[axis]) / (end[axis] - start[axis])
    other = start[1 - axis] + share * (end[1 - axis] - start[1 - axis])
    return (limit, other) if axis == 0 else (other, limit)
