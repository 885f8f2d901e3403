"""What networks usually make of labels of these data: how far to trust them, how well they fit, how many they find.

Confident learning (Northcutt, Jiang, Chuang, 2021) holds a prediction against what is usual in its own category instead
of one limit for all. Here also against what is usual for labels of about the same size: small ones are found more
seldom and met less exactly.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from webapp.formats.label_mistakes.overlaps import Overlaps

SAME = 0.5
"""Intersection over union from which label and detection are taken for the same object."""
TOUCHES = 0.1
"""Intersection over union from which they may mean the same object."""
NEIGHBOURS = 20
"""Labels of about the same size, or detections of about the same score, from which a mean is taken."""
USUAL_BESIDE = 0.9
"""Quantile that counts as usual of how far labels lie beside their detection."""


class Expectations(msgspec.Struct, frozen=True):
    """Of one set of labels with the detections of networks that have not learnt from them. JSON can hold it."""

    confidence: dict[str, float]
    """Mean score of the detections that agree with a label, by category."""
    recall_of: dict[str, float]
    """With what score labels of a category are found in the mean; 0 for one that is not."""
    scores: list[float]
    """Of all detections, ascending."""
    on_label: list[float]
    """Of each of these 1 where it lies on a label, else 0."""
    areas: list[float]
    """Square pixels of all labels, ascending."""
    found: list[float]
    """Of each of these the score with which it was found, 0 where it was not."""
    iou: list[float]
    """Of each of these the intersection over union with the detection that means it."""
    beside: list[float]
    """Of each of these how far it lies beside that detection, as ``Overlaps.beside``."""

    def trust(self, score: float) -> float:
        """Share of the detections of about this score that lie on a label: the others are false, or it is missing."""
        return float(np.mean(self.on_label[self._near(self.scores, score)])) if self.scores else 0.0

    def surety(self, category: str, score: float) -> float:
        """A score against what is usual in its category, 0 to 1."""
        usual = self.confidence.get(category, 0.0)
        return min(1.0, score / usual) if usual else 0.0

    def recall(self, category: str, area: float) -> float:
        """With what score labels of about this size are found in the mean, or of this category where that is less."""
        if not self.areas:
            return 0.0
        return min(
            self.recall_of.get(category, 0.0), float(np.mean(self.found[self._near(self.areas, area)]))
        )

    def misfit(self, area: float, iou: float, beside: float) -> float:
        """How much worse a label fits its detection than is usual for its size, 0 to 1."""
        if not self.areas:
            return 0.0
        near = self._near(self.areas, area)
        usual = float(np.median(self.iou[near]))
        aside = float(np.quantile(self.beside[near], USUAL_BESIDE))
        worse = 1 - iou / usual if usual else 0.0
        farther = (beside - aside) / (1 - aside) if aside < 1 else 0.0
        return float(max(0.0, worse, farther))

    @staticmethod
    def _near(ascending: list[float], value: float) -> slice:
        place = int(np.searchsorted(ascending, value))
        first = max(0, min(place - NEIGHBOURS // 2, len(ascending) - NEIGHBOURS))
        return slice(first, first + NEIGHBOURS)


def expectations_of(photos: Iterable[Overlaps]) -> Expectations:
    """Read from the labels themselves: few of them are wrong."""
    agreed: dict[str, list[float]] = {}
    found: dict[str, list[float]] = {}
    labels: list[tuple[float, float, float, float]] = []
    detections: list[tuple[float, float]] = []
    for photo in photos:
        on_label = np.maximum(photo.iou, photo.inside_label / 2).max(axis=1, initial=0.0) >= TOUCHES
        detections += zip(photo.scores.tolist(), on_label.astype(float).tolist(), strict=True)
        for at in photo.judged:
            score, iou, beside = _met(photo, at)
            category = photo.photo.labels[at].category
            found.setdefault(category, []).append(score)
            if score:
                agreed.setdefault(category, []).append(score)
            labels.append((float(photo.labels_area[at]), score, iou, beside))
    columns: list[Any] = list(zip(*sorted(labels), strict=True)) or [()] * 4
    scores: list[Any] = list(zip(*sorted(detections), strict=True)) or [()] * 2
    return Expectations(
        {category: float(np.mean(each)) for category, each in agreed.items()},
        {category: float(np.mean(each)) for category, each in found.items()},
        *map(list, scores),
        *map(list, columns),
    )


def _met(photo: Overlaps, at: int) -> tuple[float, float, float]:
    """Score, intersection over union and distance of the detection that means this label; a score of 0: none."""
    if not len(photo.own):
        return 0.0, 0.0, 1.0
    number = int((photo.own[:, at] * photo.scores).argmax())
    iou = float(photo.own[number, at])
    score = float(np.where(photo.own[:, at] >= SAME, photo.scores, 0.0).max())
    return score, iou, float(photo.beside[number, at]) if iou else 1.0
