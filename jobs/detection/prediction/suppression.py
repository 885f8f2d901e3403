"""Leaves out second detections of an object, by the masks.

Detectron2's non-maximum suppression compares boxes. Two boxes on one object may overlap by less than its limit, and a
network often reports an object and a part of it: counted, both are objects
(docs/decisions/0068-one-detection-for-one-object.md).
"""

from collections.abc import Sequence

import numpy as np
from pycocotools import mask as coco_mask

from webapp.contracts.score_thresholds import Thresholds
from webapp.contracts.suppression import SAME_MASK, SHARE_INSIDE, Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.segmentation import Rle


def suppress(
    found: Sequence[FoundObject], suppression: Suppression | None, thresholds: Thresholds | None = None
) -> list[FoundObject]:
    """Those that are not a second detection of an object with a better one; in the order in which they came.

    Better is a higher score; with ``thresholds`` one that reaches its own is better than one that does not, so that
    across categories nothing is lost for a detection that does not count.
    """
    if suppression is None or len(found) < 2:
        return list(found)
    order = sorted(range(len(found)), key=lambda index: _rank(found[index], thresholds))
    ranked = [found[index] for index in order]
    stays = _stays(ranked, suppression)
    return [found[index] for index in sorted(index for index, kept in zip(order, stays, strict=True) if kept)]


def _rank(found: FoundObject, thresholds: Thresholds | None) -> tuple[bool, float]:
    return thresholds is not None and not thresholds.passes(found.category, found.score), -found.score


def _stays(ranked: list[FoundObject], suppression: Suppression) -> list[bool]:
    """Of each detection, best first, whether no better one that stays is the same object."""
    masks = [one.segmentation for one in ranked]
    areas = np.array([one.area for one in ranked])
    # The least intersection of two masks for which they are one object.
    both = areas[:, None] + areas
    enough = np.minimum(
        _intersection_at(suppression.mask_iou, both), SHARE_INSIDE * np.minimum(areas[:, None], areas)
    )
    if not suppression.across_categories:
        names = np.array([one.category for one in ranked])
        limit = max(SAME_MASK, suppression.mask_iou)
        enough = np.where(names[:, None] == names, enough, _intersection_at(limit, both))
    # That of their boxes is as large or larger, and fast to compute: few pairs are left.
    possible = np.triu(_box_intersections(masks) > enough, 1)
    stays = np.ones(len(ranked), bool)
    for place in np.flatnonzero(possible.any(axis=1)):
        if stays[place]:
            others = np.flatnonzero(possible[place] & stays)
            shared = _intersections(masks[place], [masks[other] for other in others], both[place, others])
            stays[others[shared > enough[place, others]]] = False
    return stays.tolist()


def _intersection_at(iou: float, both: np.ndarray) -> np.ndarray:
    """Pixels that two masks share at this IoU; ``both``: the sum of their areas."""
    return iou / (1 + iou) * both


def _box_intersections(masks: list[Rle]) -> np.ndarray:
    """Of each pair, square pixels: n x n."""
    boxes = coco_mask.toBbox(masks)
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    return np.clip(shared, 0, None).prod(axis=2)


def _intersections(mask: Rle, others: list[Rle], sums: np.ndarray) -> np.ndarray:
    """Pixels of each of ``others`` that are in the mask; ``sums``: the areas of the two together."""
    if not others:
        return np.zeros(0)
    overlap = coco_mask.iou(others, [mask], [0])[:, 0]
    return np.rint(overlap * sums / (1 + overlap))
