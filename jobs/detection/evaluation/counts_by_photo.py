"""Right, false and all objects of each test photo at every threshold, and the intervals of their shares."""

from dataclasses import dataclass

import numpy as np

from jobs.detection.evaluation.matching import MatchedImage
from jobs.detection.evaluation.proportions import proportions, rates
from jobs.detection.evaluation.threshold_table import THRESHOLDS
from webapp.contracts.intervals import Interval

DIGITS = 4

ThresholdIntervals = dict[str, list[list[Interval | None]]]
"""``recall`` and ``precision``, 0 to 1, and ``false_alarms`` a photo: for each of THRESHOLDS the interval of all
categories together, then of each category."""


@dataclass(frozen=True)
class ScoredOutcomes:
    """Objects found, or false detections: one entry of three arrays for each."""

    category: np.ndarray
    reached: np.ndarray
    """How many of THRESHOLDS are at or below its score: it counts at these."""
    photo: np.ndarray

    @classmethod
    def of(cls, entries: list[tuple[int, float, int]]) -> "ScoredOutcomes":
        """Of category, score and photo."""
        table = np.array(entries, float).reshape(-1, 3)
        reached = np.searchsorted(THRESHOLDS, table[:, 1], side="right")
        return cls(table[:, 0].astype(int), reached, table[:, 2].astype(int))

    def by_threshold(self, photos: int, category: int | None = None) -> np.ndarray:
        """THRESHOLDS x photos: how many count, of one category or of all."""
        mine = slice(None) if category is None else self.category == category
        counts = np.zeros((len(THRESHOLDS) + 1, photos))
        np.add.at(counts, (self.reached[mine], self.photo[mine]), 1)
        # What reaches more thresholds counts at the lower ones too.
        return counts[::-1].cumsum(axis=0)[::-1][1:]

    def at(self, steps: list[int], photos: int) -> np.ndarray:
        """Photos: how many count where each category has its own place in THRESHOLDS."""
        counts = self.reached > np.array(steps)[self.category]
        return np.bincount(self.photo[counts], minlength=photos).astype(float)


@dataclass(frozen=True)
class CountsByPhoto:
    """What ``threshold_table.counts`` sums over the photos."""

    objects: np.ndarray
    """Categories x photos."""
    right: ScoredOutcomes
    false: ScoredOutcomes

    @classmethod
    def of(cls, photos: list[MatchedImage], categories: int) -> "CountsByPhoto":
        """Of a test."""
        objects = np.zeros((categories, len(photos)))
        right, false = [], []
        for place, photo in enumerate(photos):
            for each in photo.objects:
                objects[each.category, place] += 1
                if each.found_score is not None:
                    right.append((each.category, each.found_score, place))
            for detection in photo.detections:
                if not detection.right and not detection.ignored:
                    false.append((detection.category, detection.found.score, place))
        return cls(objects, ScoredOutcomes.of(right), ScoredOutcomes.of(false))

    def by_threshold(self) -> ThresholdIntervals:
        """At one threshold for all categories."""
        categories, photos = self.objects.shape
        columns = [
            _intervals(
                self.objects.sum(axis=0) if category is None else self.objects[category],
                self.right.by_threshold(photos, category),
                self.false.by_threshold(photos, category),
            )
            for category in (None, *range(categories))
        ]
        return {
            name: [list(row) for row in zip(*(column[name] for column in columns), strict=True)]
            for name in columns[0]
        }

    def at(self, steps: list[int]) -> dict[str, Interval | None]:
        """Of all categories together, each at its own place in THRESHOLDS."""
        photos = self.objects.shape[1]
        right, false = (each.at(steps, photos)[np.newaxis] for each in (self.right, self.false))
        return {name: rows[0] for name, rows in _intervals(self.objects.sum(axis=0), right, false).items()}


def _intervals(objects: np.ndarray, right: np.ndarray, false: np.ndarray) -> dict[str, list[Interval | None]]:
    """``objects``: photos; ``right`` and ``false``: thresholds x photos."""
    return {
        "recall": _rounded(proportions(right, np.broadcast_to(objects, right.shape))),
        "precision": _rounded(proportions(right, right + false)),
        "false_alarms": _rounded(rates(false)),
    }


def _rounded(rows: np.ndarray) -> list[Interval | None]:
    return [
        None if np.isnan(low) else (round(float(low), DIGITS), round(float(high), DIGITS))
        for low, high in rows
    ]
