"""Finds labels that are one object twice: of one category, with masks that cover nearly the same pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from webapp.formats.masks.rle import mask_iou, polygons_to_rle
from webapp.formats.masks.segmentation import Box, Polygon, Rle, Segmentation

SAME_IOU = 0.9
"""Masks of one category with at least this intersection over union are one object."""
ROUNDING = 0.51
"""Pixels by which whole numbers may lie off."""
NEAR_BOX = 0.5
"""Least intersection over union of the boxes, and least ratio of the areas, for masks to be compared: a mask may lie
off its polygon by half a pixel at each edge, which counts in small shapes."""


@dataclass(slots=True)
class Covered:
    """What of a label decides whether it is a double."""

    category: int | str
    segmentation: Segmentation
    bbox: Box
    area: float
    _mask: Rle | None = None

    def mask(self, width: int, height: int) -> Rle:
        """On a canvas of the photo's size, pixels. Raises ValueError for a shape far outside the photo."""
        if self._mask is None:
            segmentation = self.segmentation
            self._mask = (
                segmentation
                if isinstance(segmentation, dict)
                else polygons_to_rle(list(map(list, segmentation)), width, height)
            )
        return self._mask


def doubled(kept: Sequence[Covered], added: Sequence[Covered], width: int, height: int) -> list[bool]:
    """Whether each of ``added`` is one of ``kept``, on a photo of this size in pixels."""
    found = [False] * len(added)
    for first, second in _near(kept, added):
        if not found[second]:
            found[second] = are_same(kept[first], added[second], width, height)
    return found


def doubles_within(outlines: Sequence[Covered], width: int, height: int) -> list[int]:
    """The numbers of those that are the same as an earlier one that is not a double itself."""
    found: set[int] = set()
    for first, second in sorted(_near(outlines, outlines), key=lambda pair: (pair[1], pair[0])):
        is_new = first < second and first not in found and second not in found
        if is_new and are_same(outlines[first], outlines[second], width, height):
            found.add(second)
    return sorted(found)


def has_near(outlines: Sequence[Covered]) -> bool:
    """Whether boxes and areas allow that some are the same; their segmentations are not looked at."""
    return len(outlines) > 1 and any(first < second for first, second in _near(outlines, outlines))


def are_same(one: Covered, other: Covered, width: int, height: int) -> bool:
    """Whether two labels of a photo of this size, in pixels, are one object."""
    if one.category != other.category:
        return False
    if one.segmentation == other.segmentation or _differ_by_rounding(one.segmentation, other.segmentation):
        return True
    try:
        masks = one.mask(width, height), other.mask(width, height)
    except ValueError:
        return False
    return mask_iou(*masks) >= SAME_IOU


def _differ_by_rounding(one: Segmentation, other: Segmentation) -> bool:
    """Whether two shapes have the same points but for whole pixels, from any of them on and in any direction.

    VIA keeps whole pixels, which changes small masks more than `SAME_IOU` allows.
    """
    if isinstance(one, dict) or isinstance(other, dict) or list(map(len, one)) != list(map(len, other)):
        return False
    return all(_points_agree(_points(a), _points(b)) for a, b in zip(one, other, strict=True))


def _points_agree(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    for points in (other, other[::-1]):
        for start in np.flatnonzero((abs(points - one[0]) <= ROUNDING).all(axis=1)):
            if (abs(np.roll(points, -start, axis=0) - one) <= ROUNDING).all():
                return True
    return False


def _points(flat: Polygon) -> NDArray[np.float64]:
    return np.asarray(flat, dtype=np.float64).reshape(-1, 2)


def _near(kept: Sequence[Covered], added: Sequence[Covered]) -> list[tuple[int, int]]:
    """Pairs of numbers whose boxes and areas allow that they are the same."""
    if not kept or not added:
        return []
    first, second = _corners(kept), _corners(added)
    theirs, ours = shapely.STRtree(_boxes(first)).query(_boxes(second))
    a, b = first[ours], second[theirs]
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    common = sides.clip(min=0).prod(axis=1)
    union = _sizes(a) + _sizes(b) - common
    ours_area = np.array([one.area for one in kept])[ours]
    theirs_area = np.array([one.area for one in added])[theirs]
    near = (common >= NEAR_BOX * union) & (
        np.minimum(ours_area, theirs_area) >= NEAR_BOX * np.maximum(ours_area, theirs_area)
    )
    return [
        (int(n), int(m))
        for n, m in zip(ours[near], theirs[near], strict=True)
        if kept[n].category == added[m].category
    ]


def _corners(outlines: Sequence[Covered]) -> NDArray[np.float64]:
    """Left, top, right, bottom, shape [n, 4], pixels."""
    boxes = np.array([one.bbox for one in outlines], dtype=np.float64)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def _boxes(corners: NDArray[np.float64]) -> NDArray[Any]:
    left, top, right, bottom = corners.T
    return np.asarray(shapely.box(left, top, right, bottom))


def _sizes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return (corners[:, 2:] - corners[:, :2]).prod(axis=1)
