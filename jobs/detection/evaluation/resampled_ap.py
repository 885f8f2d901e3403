"""COCO's average precision of resampled test photos.

pycocotools compares detections with labels photo by photo, so its matches hold for any selection of the photos. Here
each photo has a weight, the number of times it is in the selection, and the figures are computed of the matches for
many selections at once. With all weights 1 they are pycocotools' figures.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools.cocoeval import COCOeval

from jobs.detection.evaluation.coco_scores import IOU_50, IOU_75

IOUS = 10
"""pycocotools' thresholds of overlap, 0.50 to 0.95."""
RECALLS = np.linspace(0.0, 1.0, 101)
"""The recalls at which COCO reads the precision."""
SIZES = ("", "s", "m", "l")
"""pycocotools' size ranges in their order: all objects, small, medium, large; as in AP, APs, APm, APl."""
MOST_AT_ONCE = 1 << 22
"""Numbers in an array of the computation: 16 or 32 MB."""
FEW_COLUMNS = 64
SMALLEST = float(np.spacing(1))
"""What pycocotools adds to a divisor that may be 0."""


@dataclass(frozen=True)
class RankedMatches:
    """The detections of one category in one size range over all photos, the highest score first."""

    photo: np.ndarray
    """Index of the photo of each detection."""
    right: np.ndarray
    """IOUS x detections: whether it matches an object."""
    false: np.ndarray
    """IOUS x detections: whether it is a false detection; neither where it is ignored, in a crowd for example."""
    objects: np.ndarray
    """Number of objects on each photo."""


@dataclass(frozen=True)
class TaskMatches:
    """The matches of one task, ``bbox`` or ``segm``."""

    categories: list[str]
    by_size: list[list[RankedMatches]]
    """For each of SIZES, for each category."""

    def figures(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The figures of selections x photos ``weights`` under the names of ``coco_scores.Metrics``, 0 to 100.

        NaN where a selection has nothing to measure, such as a category without objects.
        """
        found: dict[str, np.ndarray] = {}
        for size, categories in zip(SIZES, self.by_size, strict=True):
            precision = np.stack([average_precision(each, weights) for each in categories], axis=1)
            found[f"AP{size}"] = _mean(precision)
            if not size:
                found["AP50"] = _mean(precision[:, :, [IOU_50]])
                found["AP75"] = _mean(precision[:, :, [IOU_75]])
                for number, name in enumerate(self.categories):
                    found[f"AP-{name}"] = _mean(precision[:, [number]])
        return found

    def objects(self) -> dict[str, np.ndarray]:
        """Of each photo the number of objects that each of ``figures`` is about."""
        found: dict[str, np.ndarray] = {}
        for size, categories in zip(SIZES, self.by_size, strict=True):
            objects = np.stack([each.objects for each in categories])
            found[f"AP{size}"] = objects.sum(axis=0)
            if not size:
                found["AP50"] = found["AP75"] = found["AP"]
                found |= {f"AP-{name}": each for name, each in zip(self.categories, objects, strict=True)}
        return found


def ranked(comparison: COCOeval, categories: list[str], order: list[int]) -> TaskMatches:
    """The matches of a comparison. ``order``: the image ids in the order of the photos' weights."""
    places = {image_id: place for place, image_id in enumerate(order)}
    entries: dict[tuple[int, tuple[float, ...]], list[dict[str, Any]]] = defaultdict(list)
    # In the order of pycocotools' photos, on which the order of equal scores depends.
    for entry in comparison.evalImgs:
        if entry is not None:
            entries[entry["category_id"], tuple(entry["aRng"])].append(entry)
    return TaskMatches(
        categories,
        [
            [_ranked(entries[category_id, tuple(size)], places) for category_id in comparison.params.catIds]
            for size in comparison.params.areaRng
        ],
    )


def _ranked(entries: list[dict[str, Any]], places: dict[int, int]) -> RankedMatches:
    objects = np.zeros(len(places))
    if not entries:
        nothing = np.zeros((IOUS, 0), bool)
        return RankedMatches(np.zeros(0, int), nothing, nothing, objects)
    for entry in entries:
        objects[places[entry["image_id"]]] = np.count_nonzero(np.asarray(entry["gtIgnore"]) == 0)
    scores = np.concatenate([entry["dtScores"] for entry in entries])
    best_first = np.argsort(-scores, kind="mergesort")
    photo = np.concatenate([[places[entry["image_id"]]] * len(entry["dtScores"]) for entry in entries])
    matched = np.concatenate([entry["dtMatches"] for entry in entries], axis=1)[:, best_first] > 0
    ignored = np.concatenate([entry["dtIgnore"] for entry in entries], axis=1)[:, best_first] > 0
    counted = ~ignored.all(axis=0)
    return RankedMatches(
        photo[best_first][counted].astype(int),
        (matched & ~ignored)[:, counted],
        (~matched & ~ignored)[:, counted],
        objects,
    )


def average_precision(matches: RankedMatches, weights: np.ndarray) -> np.ndarray:
    """Selections x IOUS, 0 to 1; NaN for a selection without objects.

    ``weights``: selections x photos, in the precision of the computation. In float32, which takes half the time, a
    recall that equals one of RECALLS but for rounding reaches it, where pycocotools may take the next detection.
    """
    objects = weights @ matches.objects.astype(weights.dtype)
    of_photo = np.ascontiguousarray(weights.T)
    result = np.full((len(weights), IOUS), np.nan)
    step = max(MOST_AT_ONCE // max(1, matches.photo.size), 1)
    for start in range(0, len(weights), step):
        block = slice(start, start + step)
        result[block] = _block(matches, of_photo[:, block], objects[block])
    result[objects == 0] = np.nan
    return result


def _block(matches: RankedMatches, of_photo: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """``average_precision`` of a few selections. Only where a right detection stands can the precision rise."""
    result = np.zeros((objects.size, IOUS))
    counted = np.zeros(0, int)
    for iou in range(IOUS):
        right = np.flatnonzero(matches.right[iou])
        if not right.size:
            continue
        now_counted = np.flatnonzero(matches.right[iou] | matches.false[iou])
        if not np.array_equal(counted, now_counted):
            counted = now_counted
            reported = _running(np.add, of_photo[matches.photo[counted]])
        found = _running(np.add, of_photo[matches.photo[right]])
        precision = found / (reported[np.searchsorted(counted, right)] + SMALLEST)
        # The best precision at this recall or a higher one.
        _running(np.maximum, precision[::-1])
        # Each precision counts for those of RECALLS that are reached with it.
        reached = _reached(found / np.maximum(objects, 1))
        newly = np.diff(reached, axis=0, prepend=np.zeros((1, objects.size), reached.dtype))
        result[:, iou] = np.einsum("ij,ij->j", precision, newly)
    return result / RECALLS.size


def _running(operation: np.ufunc, rows: np.ndarray) -> np.ndarray:
    """``operation.accumulate(rows)`` in place. For many columns that is five times as fast row by row."""
    if rows.shape[1] < FEW_COLUMNS:
        return operation.accumulate(rows, out=rows)
    for place in range(1, len(rows)):
        operation(rows[place], rows[place - 1], out=rows[place])
    return rows


def _reached(recall: np.ndarray) -> np.ndarray:
    """How many of RECALLS are at or below each recall."""
    # Right or one too many, whichever way the product was rounded, before the comparison.
    number = (recall * (RECALLS.size - 1) + 1e-4).astype(np.int16)
    number += RECALLS.astype(recall.dtype)[number] <= recall
    return number


def _mean(precision: np.ndarray) -> np.ndarray:
    """Over the categories that have objects and their thresholds, in percent. Selections x categories x IOUS."""
    measured = ~np.isnan(precision)
    number = measured.sum(axis=(1, 2))
    total = np.where(measured, precision, 0.0).sum(axis=(1, 2))
    return np.where(number > 0, 100 * total / np.maximum(number, 1), np.nan)
