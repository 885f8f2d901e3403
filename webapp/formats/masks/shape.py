"""Measures a mask: outlines for drawing, length and width of the object."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webapp.formats.masks.rle import decode_part
from webapp.formats.masks.segmentation import Polygons, Rle

DEVIATION = 0.75
"""Tolerance of outlines in pixels: invisible, with a fraction of the points."""
MOST_DEVIATION = 3.0
MOST_POINTS = 200
"""Outlines with more points are simplified further, up to a tolerance of ``MOST_DEVIATION``."""
Points = NDArray[Any]
"""[points, 2], x and y in pixels."""


@dataclass(frozen=True)
class MaskShape:
    """All in pixels of the photo; an empty mask has no outlines and no size."""

    outlines: Polygons
    """Outer ones and holes alike: filled by the even-odd rule they give the mask."""
    length: float
    """Long side of the smallest rotated rectangle around the mask."""
    width: float
    """Its short side."""


def measure_mask(rle: Rle) -> MaskShape:
    """Outlines and size of a mask; the outlines run through the middles of its outermost pixels."""
    mask, left, top = decode_part(rle)
    if not mask.size:
        return MaskShape([], 0.0, 0.0)
    contours = [
        contour[:, 0] for contour in cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)[0]
    ]
    _center, sides, _angle = cv2.minAreaRect(np.concatenate(contours))
    # Distances are between pixel centres: add half a pixel at each end.
    width, length = sorted(float(side) + 1 for side in sides)
    outlines = [outline for contour in contours if len(outline := _simplified(contour)) >= 3]
    if not outlines:
        # A line of single pixels has no interior: draw its box.
        height, across = mask.shape
        outlines = [np.array([[0, 0], [across, 0], [across, height], [0, height]], np.int32)]
    corner = np.array([left + 0.5, top + 0.5])
    return MaskShape(
        [(outline + corner).ravel().tolist() for outline in outlines], round(length, 2), round(width, 2)
    )


def _simplified(contour: Points) -> Points:
    deviation = DEVIATION
    outline = cv2.approxPolyDP(contour, deviation, closed=True)
    while len(outline) > MOST_POINTS and deviation < MOST_DEVIATION:
        deviation *= 2
        outline = cv2.approxPolyDP(contour, deviation, closed=True)
    return outline[:, 0]
