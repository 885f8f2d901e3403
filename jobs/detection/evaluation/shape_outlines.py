"""Shapes as outlines that a page can draw: polygons in whole pixels, small enough to store for every photo."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco_mask

DEVIATION_SHARE = 1 / 1000
"""Of the photo's longer side, by which an outline may differ: less than a pixel on a screen."""


def outlines(rle: Mapping[str, Any]) -> list[list[int]]:
    """Of a mask: one [x1, y1, x2, y2, ...] a piece or hole; draw them «evenodd».

    ``rle`` is COCO's compressed run lengths, ``counts`` in text or, as pycocotools leaves them, in bytes.
    """
    x, y, width, height = (int(side) for side in coco_mask.toBbox(rle))
    if not width or not height:
        return []
    mask = np.ascontiguousarray(coco_mask.decode(rle)[y : y + height, x : x + width])
    found, _tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))
    deviation = max(rle["size"]) * DEVIATION_SHARE
    return [[int(side) for side in cv2.approxPolyDP(outline, deviation, True).ravel()] for outline in found]
