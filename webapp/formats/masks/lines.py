"""Makes areas of open lines, as scratches are traced: a label is an area."""

import numpy as np
import shapely

from webapp.formats.masks.segmentation import Polygon, Polygons

SIDES_OF_A_QUARTER = 4
"""Straight pieces in which the outside of a bend of 90 degrees is drawn."""


def line_area(flat: Polygon, width: float) -> Polygons:
    """The area within ``width`` / 2 pixels of the line x1, y1, x2, y2, …, with straight ends; of width > 0.

    A polygon has no hole: where the line surrounds something, the area is cut into pieces beside it. Several
    polygons are pieces of one shape. Empty where all points are the same.
    """
    points = np.asarray(flat, dtype=float).reshape(-1, 2)
    # GEOS divides by the length of each piece.
    moving = np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))
    points = points[moving]
    if len(points) < 2:
        return []
    area = shapely.LineString(points).buffer(
        width / 2, quad_segs=SIDES_OF_A_QUARTER, cap_style="flat", join_style="round"
    )
    pieces = [piece for part in shapely.get_parts(area) for piece in _without_holes(part)]
    return [np.asarray(piece.exterior.coords)[:-1].round(3).ravel().tolist() for piece in pieces]


def _without_holes(piece: shapely.Polygon) -> list[shapely.Polygon]:
    """The piece, cut from top to bottom through the middle of its first hole as long as it has one."""
    if not piece.interiors:
        return [piece]
    left, top, right, bottom = piece.bounds
    hole_left, _, hole_right, _ = piece.interiors[0].bounds
    middle = (hole_left + hole_right) / 2
    halves = (
        piece.intersection(shapely.box(left, top, middle, bottom)),
        piece.intersection(shapely.box(middle, top, right, bottom)),
    )
    parts = [part for half in halves for part in shapely.get_parts(half) if part.geom_type == "Polygon"]
    return [smaller for part in parts for smaller in _without_holes(part)]
