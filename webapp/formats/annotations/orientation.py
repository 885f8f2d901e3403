"""Turns shapes that were drawn on the raw pixels of a photo, as EXIF turns the photo.

A camera that was held upright stores the photo lying and says in its EXIF how to turn it (orientations 1 to 8 of
EXIF 2.32, table 6; 2, 4, 5 and 7 are mirrored). Stored photos are upright.
"""

import numpy as np

from webapp.formats.masks.rle import decode_mask, encode_mask
from webapp.formats.masks.segmentation import Box, Polygon, Rle

UPRIGHT = 1
"""The orientation of a photo that need not be turned."""
_MIRRORS_X = {2, 3, 7, 8}
_MIRRORS_Y = {3, 4, 6, 7}
_SWAPS = {5, 6, 7, 8}
"""Orientations whose raw width is the upright height."""
Size = tuple[float, float]
"""Width and height."""


def swaps(orientation: int) -> bool:
    """Whether width and height of the raw photo are height and width of the upright one."""
    return orientation in _SWAPS


def turn_polygon(flat: Polygon, orientation: int, raw: Size) -> Polygon:
    """The polygon on the upright photo, of one on a raw photo of this size."""
    xs, ys = flat[0::2], flat[1::2]
    if orientation in _MIRRORS_X:
        xs = [raw[0] - x for x in xs]
    if orientation in _MIRRORS_Y:
        ys = [raw[1] - y for y in ys]
    if orientation in _SWAPS:
        xs, ys = ys, xs
    return [side for point in zip(xs, ys, strict=True) for side in point]


def turn_box(bbox: Box, orientation: int, raw: Size) -> Box:
    """[x, y, width, height] on the upright photo, of a box on a raw photo of this size."""
    x, y, width, height = bbox
    x1, y1, x2, y2 = turn_polygon([x, y, x + width, y + height], orientation, raw)
    return [min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)]


def turn_mask(rle: Rle, orientation: int) -> Rle:
    """The mask on the upright photo."""
    mask = decode_mask(rle)
    if orientation in _MIRRORS_X:
        mask = mask[:, ::-1]
    if orientation in _MIRRORS_Y:
        mask = mask[::-1]
    return encode_mask(np.ascontiguousarray(mask.T if orientation in _SWAPS else mask))
