"""Shapes of several rings, of which the even-odd rule decides what is inside: parts, and holes in them.

The form of the editor in the browser. COCO's polygons have no holes: a shape with holes is stored as a mask.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from webapp.formats.masks.polygons import clip_polygon
from webapp.formats.masks.rle import encode_mask
from webapp.formats.masks.segmentation import Polygons, Rle, Segmentation

MIN_AREA = 1.0
"""Square pixels; a smaller part shows nothing."""


def to_geometry(rings: Polygons) -> BaseGeometry:
    """A valid shapely geometry; rings that cross themselves are mended. Empty where there is no area."""
    parts = [
        shapely.Polygon(np.asarray(flat, dtype=float).reshape(-1, 2)) for flat in rings if len(flat) >= 6
    ]
    if len(parts) == 1:
        return only_areas(_valid(parts[0]))
    return only_areas(
        shapely.symmetric_difference_all(np.array([_valid(part) for part in parts], dtype=object))
    )


def _valid(part: BaseGeometry) -> BaseGeometry:
    return part if part.is_valid else shapely.make_valid(part, method="structure", keep_collapsed=False)


def only_areas(shape: BaseGeometry) -> BaseGeometry:
    """Without lines, points and crumbs that an operation left over."""
    pieces = [
        piece for piece in shapely.get_parts(shape) if piece.geom_type == "Polygon" and piece.area >= MIN_AREA
    ]
    return pieces[0] if len(pieces) == 1 else shapely.MultiPolygon(pieces)


def to_rings(shape: BaseGeometry) -> Polygons:
    """The outer ring of each piece followed by its holes, hundredths of a pixel; holes under a pixel are filled."""
    rings = []
    for piece in shapely.get_parts(shape):
        holes = [ring for ring in piece.interiors if shapely.Polygon(ring).area >= MIN_AREA]
        for ring in (piece.exterior, *holes):
            flat = np.asarray(ring.coords)[:-1].round(2).ravel().tolist()
            if len(flat) >= 6:
                rings.append(flat)
    return rings


def has_holes(shape: BaseGeometry) -> bool:
    """Whether any piece has one."""
    return any(len(piece.interiors) for piece in shapely.get_parts(shape))


def to_segmentation(rings: Polygons, width: int, height: int, *, as_mask: bool) -> Segmentation:
    """What is stored of these rings: polygons where COCO can hold them so, else a mask. Empty where no area is left."""
    if as_mask:
        return to_mask(rings, width, height)
    if len(rings) == 1:
        return rings
    shape = to_geometry(rings)
    if has_holes(shape):
        return to_mask(rings, width, height)
    inside = shapely.intersection(shape, shapely.box(0, 0, width, height))
    return rings if inside.area == shape.area and _are_pieces(rings, shape) else to_rings(only_areas(inside))


def _are_pieces(rings: Polygons, shape: BaseGeometry) -> bool:
    """Whether each ring is a piece of its own, so that they can be stored as they came."""
    pieces = shapely.get_parts(shape)
    areas = [abs(shapely.Polygon(np.asarray(flat).reshape(-1, 2)).area) for flat in rings]
    return len(pieces) == len(rings) and bool(np.isclose(sum(areas), shape.area, rtol=1e-9))


def to_mask(rings: Polygons, width: int, height: int) -> Rle:
    """The pixels whose centre lies inside, exactly: rings of a mask (``mask_rings``) give that mask again."""
    mask = np.zeros((height, width + 1), dtype=np.uint8)
    for flat in rings:
        points = np.asarray(clip_polygon(flat, width, height) or [], dtype=float).reshape(-1, 2)
        if len(points) >= 3:
            rows, columns = _crossings(points)
            np.add.at(mask, (rows, columns), 1)
    return encode_mask(np.cumsum(mask, axis=1, dtype=np.uint8)[:, :width] & 1)


def _crossings(points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row of pixels whose middle an edge crosses: the row, and the first column right of the crossing."""
    ends = np.roll(points, -1, axis=0)
    lower, upper = np.minimum(points[:, 1], ends[:, 1]), np.maximum(points[:, 1], ends[:, 1])
    first = np.ceil(lower - 0.5).astype(np.int64)
    counts = np.maximum(np.ceil(upper - 0.5).astype(np.int64) - first, 0)
    edge = np.repeat(np.arange(len(points)), counts)
    rows = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    (x1, y1), (x2, y2) = points[edge].T, ends[edge].T
    crossing = x1 + (rows + 0.5 - y1) * (x2 - x1) / (y2 - y1)
    return rows, np.ceil(crossing - 0.5).astype(np.int64)
