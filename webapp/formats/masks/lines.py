"""Makes areas of open lines, as scratches are traced: a label is an area."""

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray

from webapp.formats.masks.rle import encode_mask
from webapp.formats.masks.segmentation import Polygon, Segmentation

SIDES_OF_A_QUARTER = 4
"""Straight pieces in which the outside of a bend of 90 degrees is drawn."""
MOST_POINTS = 5_000
"""Lines of more are drawn as masks, which takes the same time for each further point."""
_BITS = 4
"""Of OpenCV's coordinates, behind the point."""


def line_area(flat: Polygon, width: float, size: tuple[int, int]) -> Segmentation:
    """The area within ``width`` / 2 pixels of the line x1, y1, x2, y2, …, with straight ends; of width > 0.

    A polygon, or a mask of the photo's ``size`` (width, height) where the line crosses itself or surrounds something,
    since a polygon has no holes. Empty where all points are the same.
    """
    points = np.asarray(flat, dtype=float).reshape(-1, 2)
    points = points[np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))]
    if len(points) < 2:
        return []
    line = shapely.LineString(points)
    if len(points) <= MOST_POINTS and line.is_simple:
        area = line.buffer(width / 2, quad_segs=SIDES_OF_A_QUARTER, cap_style="flat", join_style="round")
        if area.geom_type == "Polygon" and not area.interiors:
            return [np.asarray(area.exterior.coords)[:-1].round(3).ravel().tolist()]
    return encode_mask(_drawn(points, width, size))


def _drawn(points: NDArray[np.float64], width: float, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The line as a mask, shape [height, width]: a rectangle for each piece, and a disc at each bend."""
    mask = np.zeros(size[::-1], dtype=np.uint8)
    # OpenCV fills the pixels that an outline touches as well, half a pixel on each side.
    half = max(width - 1, 0) / 2
    along = np.diff(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = along[:, ::-1] * (half, -half)
    corners = np.stack(
        [points[:-1] + across, points[1:] + across, points[1:] - across, points[:-1] - across], axis=1
    )
    for rectangle in _fixed(corners):
        cv2.fillConvexPoly(mask, rectangle, 1, shift=_BITS)
    radius = round(half * 2**_BITS)
    for x, y in _fixed(points[1:-1]).tolist():
        cv2.circle(mask, (x, y), radius, 1, cv2.FILLED, shift=_BITS)
    return mask


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """As OpenCV takes them: the middle of the first pixel is 0, and the last bits are the fraction."""
    return ((points - 0.5) * 2**_BITS).round().astype(np.int32)
