"""Converts a mask to polygons with few points, as a person would draw them (``contours.py``: exact)."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely import Polygon as Shape

from webapp.formats.masks.segmentation import Polygons

SMALLEST_PART = 0.05
"""Share of the largest part's area; smaller parts are dropped."""


def outlines_of(mask: NDArray[np.uint8], tolerance: float, origin: tuple[int, int] = (0, 0)) -> Polygons:
    """Polygons in pixels, the largest first, without holes and crumbs.

    ``mask`` is height x width, 0 and 1; ``origin`` is where its upper left corner (x, y) lies. No point lies
    further than ``tolerance`` pixels from the edge of the mask. Empty where nothing has an area.
    """
    # Contours run through the centres of the pixels; on a mask of double size they come half a pixel from the edge.
    doubled = cv2.resize(mask, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contours = sorted(contours, key=cv2.contourArea, reverse=True)
    polygons = []
    for contour in contours:
        if cv2.contourArea(contour) < SMALLEST_PART * cv2.contourArea(contours[0]):
            break
        simple = _simplified(contour.reshape(-1, 2), 2 * tolerance)
        if len(simple) < 3:
            continue
        points = simple / 2 + 0.25 + np.array(origin)
        polygons.append([round(float(value), 2) for value in points.ravel()])
    return polygons


def _simplified(contour: NDArray[Any], tolerance: float) -> NDArray[Any]:
    """Fewer points, but as many as needed so that the outline does not cross itself."""
    while tolerance > 0.5:
        simple = cv2.approxPolyDP(contour, tolerance, closed=True).reshape(-1, 2)
        if len(simple) < 3 or Shape(simple).is_valid:
            return simple
        tolerance /= 2
    # Two pixels that touch at a corner: the larger piece of what the contour encloses.
    whole = Shape(contour).buffer(0) if len(contour) > 3 else Shape()
    pieces = getattr(whole, "geoms", [whole])
    largest = max(pieces, key=lambda piece: piece.area)
    return np.array(largest.exterior.coords[:-1], np.int32).reshape(-1, 2)


def fewer_points(points: NDArray[Any], tolerance: float) -> NDArray[Any]:
    """Of an outline, n x 2, for a small drawing: no point lies further than ``tolerance`` from what is left.

    The outline may then cross itself.
    """
    simple = cv2.approxPolyDP(points.astype(np.float32).reshape(-1, 1, 2), tolerance, closed=True).reshape(
        -1, 2
    )
    return simple if len(simple) >= 3 else points
