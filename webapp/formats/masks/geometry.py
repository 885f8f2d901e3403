"""Finds and mends polygons that cross themselves or leave the photo."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from webapp.formats.masks.polygons import clip_box, clip_polygon
from webapp.formats.masks.segmentation import Box, Polygon, Polygons

SPECK = 0.01
"""Pieces below this share of a mended outline's area are dropped."""
MIN_AREA = 1.0
"""Square pixels; a smaller outline shows nothing."""


class Mend(StrEnum):
    """What was changed in a shape."""

    CROSSED = "crossed"  # the outline crossed itself: it was divided, or its loops were joined
    OUTSIDE = "outside"  # the part outside the photo was cut off
    GONE = "gone"  # no area was left: the shape was left out


def crossing(polygons: Sequence[Polygon]) -> list[int]:
    """The numbers of those, three points or more each, that cross or touch themselves."""
    if not polygons:
        return []
    points = np.concatenate([np.asarray(flat, dtype=float).reshape(-1, 2) for flat in polygons])
    owner = np.repeat(np.arange(len(polygons)), [len(flat) // 2 for flat in polygons])
    rings = shapely.linearrings(points, indices=owner)
    return np.flatnonzero(~shapely.is_valid(shapely.polygons(rings))).tolist()


def repair_polygon(flat: Polygon, width: int, height: int) -> tuple[Polygons, list[Mend]]:
    """Polygons inside the photo that do not cross themselves, and what was changed; none where no area is left.

    A polygon that needs nothing comes back as it is.
    """
    shape: BaseGeometry = _shape(flat)
    mends = []
    if not shape.is_valid:
        shape = _valid(shape)
        mends.append(Mend.CROSSED)
    x1, y1, x2, y2 = shape.bounds if not shape.is_empty else (0, 0, 0, 0)
    if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
        shape = _inside(shape, width, height)
        mends.append(Mend.OUTSIDE)
    if shape.area < MIN_AREA:
        return [], [Mend.GONE]
    if not mends:
        return [flat], []
    kept = [piece for piece in _pieces(shape) if piece.area >= max(MIN_AREA, SPECK * shape.area)]
    if not kept:
        return [], [Mend.GONE]
    return [_flat(piece, width, height) for piece in kept], mends


def repair_box(bbox: Box, width: int, height: int) -> tuple[Box, list[Mend]]:
    """The part of [x, y, width, height] inside the photo; empty where no area is left."""
    inside = clip_box(bbox, width, height)
    if inside is None or inside[2] <= 0 or inside[3] <= 0 or inside[2] * inside[3] < MIN_AREA:
        return [], [Mend.GONE]
    return inside, [] if inside is bbox else [Mend.OUTSIDE]


def _inside(shape: BaseGeometry, width: int, height: int) -> BaseGeometry:
    """The part of a valid shape inside the photo."""
    clipped = [clip_polygon(_corners(piece).ravel().tolist(), width, height) for piece in _pieces(shape)]
    # What fell apart is one outline whose pieces hang together along the edge, without a width: here they part.
    parted = [_valid(_shape(flat)) for flat in clipped if flat]
    return shapely.MultiPolygon([piece for part in parted for piece in _pieces(part)])


def _valid(shape: BaseGeometry) -> BaseGeometry:
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _shape(flat: Polygon) -> shapely.Polygon:
    return shapely.Polygon(np.asarray(flat).reshape(-1, 2))


def _pieces(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [piece for piece in shapely.get_parts(shape) if piece.geom_type == "Polygon"]


def _corners(piece: shapely.Polygon) -> NDArray[np.float64]:
    """[points, 2]. COCO's polygons have no holes: what a loop left open inside is filled."""
    return np.asarray(piece.exterior.coords)[:-1]


def _flat(piece: shapely.Polygon, width: int, height: int) -> Polygon:
    return [float(side) for side in _corners(piece).round(2).clip(0, (width, height)).ravel()]
