"""Differences between two predictions of the same photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import aliased

from webapp.contracts.score_thresholds import Thresholds
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.models import ImageState, PredictedImage, PredictionRun
from webapp.prediction import detections, runs

SAME_IOU = 0.5
"""IoU from which two boxes are the same object."""
SCORE_CHANGE = 0.1
"""Smaller differences of scores are not reported."""
BATCH = 200
MOST_LOOKED_AT = 2000
"""Most photos compared for one page, even if fewer than a page's worth have changes."""


class Change(StrEnum):
    """The kind of difference between the earlier and the later run."""

    NEW = "new"
    GONE = "gone"
    CATEGORY = "category"
    SCORE = "score"


@dataclass(frozen=True)
class ChangedDetection:
    """One difference; ``before`` is None for a new detection, ``after`` for a removed one."""

    change: Change
    before: FoundObject | None
    after: FoundObject | None
    iou: float | None


@dataclass(frozen=True)
class ComparedImage:
    """A photo of both runs."""

    before: PredictedImage
    after: PredictedImage
    found_before: list[FoundObject]
    found_after: list[FoundObject]
    changes: list[ChangedDetection]


@dataclass(frozen=True)
class ComparedPage:
    """Photos with differences, in the order of the earlier run."""

    photos: list[ComparedImage]
    following: int | None
    """Id after which the next page begins; None at the end."""


def comparable_runs(run: PredictionRun) -> list[PredictionRun]:
    """Other runs of the model that have photos in common with this one, newest first."""
    own, other = aliased(PredictedImage), aliased(PredictedImage)
    shared = (
        select(other.run_id)
        .join(own, own.sha256 == other.sha256)
        .where(own.run_id == run.id, other.run_id != run.id, other.state == ImageState.DONE)
        .distinct()
    )
    return list(
        db.session.scalars(
            select(PredictionRun)
            .where(PredictionRun.model_id == run.model_id, PredictionRun.id.in_(shared))
            .order_by(PredictionRun.id.desc())
            .limit(50)
        )
    )


def changed_images(
    before: PredictionRun, after: PredictionRun, behind: int = 0, size: int = 24
) -> ComparedPage:
    """Photos with differences, by the thresholds of each run."""
    changed: list[ComparedImage] = []
    looked_at = 0
    while looked_at < MOST_LOOKED_AT:
        pairs = _common(before, after, behind)
        if not pairs:
            return ComparedPage(changed, None)
        of_before = detections.of_images([pair[0].id for pair in pairs])
        of_after = detections.of_images([pair[1].id for pair in pairs])
        for first, second in pairs:
            behind, looked_at = first.id, looked_at + 1
            found = of_before[first.id], of_after[second.id]
            changes = compare(
                found[0],
                found[1],
                runs.thresholds_of(before),
                runs.thresholds_of(after),
            )
            if changes:
                changed.append(ComparedImage(first, second, *found, changes))
            if len(changed) == size:
                return ComparedPage(changed, behind)
    return ComparedPage(changed, behind)


def compare(
    before: Sequence[FoundObject],
    after: Sequence[FoundObject],
    thresholds_before: Thresholds,
    thresholds_after: Thresholds,
) -> list[ChangedDetection]:
    """Match the detections above the thresholds by the IoU of their boxes, the best pairs first."""
    old = [one for one in before if thresholds_before.passes(one.category, one.score)]
    new = [one for one in after if thresholds_after.passes(one.category, one.score)]
    pairs = _pairs(old, new)
    changes = []
    for first, second, iou in pairs:
        if old[first].category != new[second].category:
            changes.append(ChangedDetection(Change.CATEGORY, old[first], new[second], iou))
        elif abs(old[first].score - new[second].score) > SCORE_CHANGE - 1e-9:
            changes.append(ChangedDetection(Change.SCORE, old[first], new[second], iou))
    paired_old, paired_new = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    gone = [one for index, one in enumerate(old) if index not in paired_old]
    fresh = [one for index, one in enumerate(new) if index not in paired_new]
    changes += [ChangedDetection(Change.GONE, one, None, None) for one in gone]
    return changes + [ChangedDetection(Change.NEW, None, one, None) for one in fresh]


def _pairs(old: Sequence[FoundObject], new: Sequence[FoundObject]) -> list[tuple[int, int, float]]:
    if not old or not new:
        return []
    overlaps = _box_iou(np.array([one.bbox for one in old]), np.array([one.bbox for one in new]))
    # Of two with equal IoU, the one of the same category.
    same = np.array([[first.category == second.category for second in new] for first in old])
    rank = overlaps + same * 1e-3
    pairs: list[tuple[int, int, float]] = []
    for index in np.argsort(-rank, axis=None):
        first, second = (int(place) for place in np.unravel_index(index, rank.shape))
        if overlaps[first, second] < SAME_IOU:
            continue
        if all(first != pair[0] and second != pair[1] for pair in pairs):
            pairs.append((first, second, float(overlaps[first, second])))
    return sorted(pairs)


def _box_iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of boxes (x, y, width, height), [n, 4] and [m, 4]; returns [n, m]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = a[:, 2:].prod(axis=1)[:, None] + b[:, 2:].prod(axis=1)[None, :] - shared
    return shared / np.maximum(areas, 1e-9)


def _common(
    before: PredictionRun, after: PredictionRun, behind: int
) -> list[tuple[PredictedImage, PredictedImage]]:
    own, other = aliased(PredictedImage), aliased(PredictedImage)
    rows = db.session.execute(
        select(own, other)
        .join(other, other.sha256 == own.sha256)
        .where(own.run_id == before.id, own.id > behind, own.state == ImageState.DONE)
        .where(other.run_id == after.id, other.state == ImageState.DONE)
        .distinct(own.id)
        .order_by(own.id, other.id)
        .limit(BATCH)
    )
    return [(row[0], row[1]) for row in rows]
