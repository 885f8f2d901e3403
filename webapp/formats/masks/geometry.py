"""Finds and mends polygons that cross themselves or leave the photo."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

SPECK = 0.01
"""Pieces below this share of a mended outline's area are dropped."""
MIN_AREA = 1.0
"""Square pixels; a smaller outline shows nothing."""


class Mend(StrEnum):
    """What was changed in a shape."""

    CROSSED = "crossed"  # the outline crossed itself: it was divided, or its loops were joined
    OUTSIDE = "outside"  # the part outside the photo was cut off
    GONE = "gone"  # no area was left: the shape was left out


def crossing(polygons: Sequence[list[float]]) -> list[int]:
    """Indexes of the polygons [x1, y1, x2, y2, …] that cross or touch themselves; each needs three points or more."""
    if not polygons:
        return []
    points = np.concatenate([np.asarray(flat, dtype=float).reshape(-1, 2) for flat in polygons])
    owner = np.repeat(np.arange(len(polygons)), [len(flat) // 2 for flat in polygons])
    rings = shapely.linearrings(points, indices=owner)
    return np.flatnonzero(~shapely.is_valid(shapely.polygons(rings))).tolist()


def mend_polygon(flat: list[float], width: int, height: int) -> tuple[list[list[float]], list[Mend]]:
    """Polygons inside the photo that do not cross themselves, and what was changed; none where no area is left.

    A polygon that needs nothing comes back as it is.
    """
    shape: BaseGeometry = Polygon(np.asarray(flat).reshape(-1, 2))
    mends = []
    if not shape.is_valid:
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        mends.append(Mend.CROSSED)
    x1, y1, x2, y2 = shape.bounds if not shape.is_empty else (0, 0, 0, 0)
    if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
        shape = shapely.intersection(shape, shapely.box(0, 0, width, height))
        mends.append(Mend.OUTSIDE)
    if shape.area < MIN_AREA:
        return [], [Mend.GONE]
    if not mends:
        return [flat], []
    pieces = [piece for piece in shapely.get_parts(shape) if piece.geom_type == "Polygon"]
    kept = [piece for piece in pieces if piece.area >= max(MIN_AREA, SPECK * shape.area)]
    if not kept:
        return [], [Mend.GONE]
    return [_flat(piece, width, height) for piece in kept], mends


def mend_box(bbox: list[float], width: int, height: int) -> tuple[list[float], list[Mend]]:
    """The part of [x, y, width, height] inside the photo; empty where no area is left."""
    x, y, w, h = bbox
    left, top, right, bottom = max(x, 0.0), max(y, 0.0), min(x + w, width), min(y + h, height)
    if right <= left or bottom <= top or (right - left) * (bottom - top) < MIN_AREA:
        return [], [Mend.GONE]
    if (left, top, right, bottom) == (x, y, x + w, y + h):
        return bbox, []
    return [left, top, right - left, bottom - top], [Mend.OUTSIDE]


def _flat(piece: Polygon, width: int, height: int) -> list[float]:
    # COCO polygons have no holes: fill holes that a loop encloses.
    corners = np.asarray(piece.exterior.coords)[:-1].round(2).clip(0, (width, height))
    return [float(side) for side in corners.ravel()]
