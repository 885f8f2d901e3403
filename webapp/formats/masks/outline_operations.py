"""What the editor does with outlines: union, difference, division, simplification (shapely).

Each takes shapes as rings (``rings.py``) and returns for each of them the list of shapes that became of it: none where
it is gone, None where nothing changed.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import split as split_by

from webapp.formats.masks.rings import only_areas, to_geometry, to_rings
from webapp.formats.masks.segmentation import Polygon, Polygons

Became = list[Polygons] | None
BRUSH_DETAIL = 0.02
"""Share of the brush's width by which its outline may be simplified; and at least ``LEAST_DETAIL`` pixels."""
LEAST_DETAIL = 0.2
SMALLEST_PIECE = 0.002
"""Share of the shape's area; smaller pieces of a division are crumbs beside the line."""


def merge(shapes: Sequence[Polygons]) -> list[Became]:
    """One shape of all, under the first; the others are gone."""
    whole = shapely.union_all([to_geometry(rings) for rings in shapes])
    return [_shapes(whole), *([] for _other in shapes[1:])]


def cut(shapes: Sequence[Polygons], cutter: Polygons) -> list[Became]:
    """Each without what the cutter covers; the pieces of one shape stay one shape."""
    return _without(shapes, to_geometry(cutter))


def erase(shapes: Sequence[Polygons], line: Polygon, width: float) -> list[Became]:
    """Each without what the stroke covers."""
    return _without(shapes, _stroke(line, width))


def brush(shapes: Sequence[Polygons], line: Polygon, width: float) -> list[Became]:
    """The stroke, joined to the one shape if there is one."""
    stroke = _stroke(line, width)
    return [_shapes(shapely.union_all([stroke, *(to_geometry(rings) for rings in shapes)]))]


def line_of_width(line: Polygon, width: float) -> list[Became]:
    """A line with flat ends."""
    points = _points(line)
    if len(points) < 2:
        return [[]]
    return [_shapes(shapely.LineString(points).buffer(width / 2, cap_style="flat", join_style="mitre"))]


def split(shapes: Sequence[Polygons], line: Polygon) -> list[Became]:
    """Each in the pieces into which the line divides it. A line that ends inside a shape divides nothing."""
    points = _points(line)
    if len(points) < 2:
        return [None] * len(shapes)
    cutting = shapely.LineString(points)
    return [_divided(to_geometry(rings), cutting) for rings in shapes]


def _divided(shape: BaseGeometry, line: shapely.LineString) -> Became:
    if not shapely.intersects(shape, line):
        return None
    pieces = [piece for part in shapely.get_parts(shape) for piece in shapely.get_parts(split_by(part, line))]
    kept = [piece for piece in pieces if piece.area >= max(1.0, SMALLEST_PIECE * shape.area)]
    return [to_rings(piece) for piece in kept] if len(kept) > len(shapely.get_parts(shape)) else None


def simplify(shapes: Sequence[Polygons], tolerance: float) -> list[Became]:
    """Each with fewer points; no point of the outline moves further than the tolerance in pixels."""
    found = [only_areas(shapely.simplify(to_geometry(rings), tolerance)) for rings in shapes]
    return [_shapes(shape) if not shape.is_empty else None for shape in found]


def join(shapes: Sequence[Polygons], neighbours: Sequence[Polygons], reach: float) -> list[Became]:
    """The one shape with the borders of its neighbours: gaps narrower than ``reach`` are filled, overlaps cut off.

    Filled is what a closing of both together (grown, then shrunk by half the reach) adds beside the neighbours.
    """
    [rings] = shapes
    shape, beside = to_geometry(rings), shapely.union_all([to_geometry(one) for one in neighbours])
    near = shapely.intersection(beside, shapely.box(*shape.bounds).buffer(2 * reach))
    if near.is_empty:
        return [None]
    closed = (
        shapely.union(shape, near)
        .buffer(reach / 2, join_style="mitre")
        .buffer(-reach / 2, join_style="mitre")
    )
    gaps = [
        gap
        for gap in shapely.get_parts(shapely.difference(closed, shapely.union(shape, near)))
        if gap.area > 0 and shapely.distance(gap, shape) < 1e-6 and shapely.distance(gap, near) < 1e-6
    ]
    joined = shapely.difference(shapely.union_all([shape, *gaps]), beside)
    pieces = shapely.get_parts(only_areas(joined))
    if not len(pieces):
        return [None]
    return [_shapes(max(pieces, key=lambda piece: piece.area))]


def with_few_points(rings: Polygons, least_iou: float) -> Polygons:
    """As few points as cover the same with at least this intersection over union; unchanged where none can go."""
    shape = to_geometry(rings)
    low, high, best = 0.0, max(1.0, shape.area**0.5 / 4), rings
    for _step in range(8):
        tolerance = (low + high) / 2
        found = to_rings(only_areas(shapely.simplify(shape, tolerance)))
        if found and len(found) == len(rings) and iou(found, rings) >= least_iou:
            low, best = tolerance, found
        else:
            high = tolerance
    return best


def iou(one: Polygons, other: Polygons) -> float:
    """Intersection over union of two shapes."""
    first, second = to_geometry(one), to_geometry(other)
    whole = shapely.union(first, second).area
    return float(shapely.intersection(first, second).area / whole) if whole else 0.0


def _without(shapes: Sequence[Polygons], cutter: BaseGeometry) -> list[Became]:
    became: list[Became] = []
    for rings in shapes:
        shape = to_geometry(rings)
        if shapely.intersection(shape, cutter).area < 1e-9:
            became.append(None)
        else:
            became.append(_shapes(shapely.difference(shape, cutter)))
    return became


def _stroke(line: Polygon, width: float) -> BaseGeometry:
    points = _points(line)
    thick = (shapely.Point(points[0]) if len(points) < 2 else shapely.LineString(points)).buffer(width / 2)
    return shapely.simplify(thick, max(LEAST_DETAIL, BRUSH_DETAIL * width))


def _points(line: Polygon) -> np.ndarray:
    """[points, 2] without repetitions."""
    points = np.asarray(line, dtype=float).reshape(-1, 2)
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    return points[keep]


def _shapes(shape: BaseGeometry) -> list[Polygons]:
    rings = to_rings(only_areas(shape))
    return [rings] if rings else []
