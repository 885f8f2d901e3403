"""What may be wrong on one photo: each kind of mistake with the evidence for it.

After Tkachenko, Thyagarajan, Mueller: "ObjectLab: Automated Diagnosis of Mislabeled Images in Object Detection Data"
(2023), which tells overlooked, badly located and swapped labels; here also merged, doubled and spurious ones, on masks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from webapp.formats.label_mistakes.expectations import SAME, TOUCHES, Expectations
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.formats.label_mistakes.overlaps import Overlaps

INSIDE = 0.7
"""Share of a detection in a label from which the label covers it."""
APART = 0.2
"""Intersection over union of two detections up to which they are two objects."""
LEAST_SCORE = 0.1
"""Below it nothing speaks for a mistake."""
DOUBLED = 0.5
"""Of two labels from which they are one object."""


@dataclass(frozen=True)
class Candidate:
    """A mistake that may be there. Labels and detections by their place in the photo's lists."""

    kind: MistakeKind
    score: float
    """0 to 1, comparable between the kinds."""
    labels: tuple[int, ...]
    """Those that are wrong; of a doubled one first the one that can go."""
    detections: tuple[int, ...]
    """What should be there instead; none for doubled and spurious labels."""


def candidates(overlaps: Overlaps, expected: Expectations) -> list[Candidate]:
    """Of each label and each detection the likeliest mistake, the likeliest first."""
    search = _Search(overlaps, expected)
    everything = [
        *search.missing(),
        *search.wrong_category(),
        *search.shifted(),
        *search.merged(),
        *search.doubled(),
        *search.spurious(),
    ]
    kept: list[Candidate] = []
    labels: set[int] = set()
    detections: set[int] = set()
    for one in sorted(everything, key=lambda each: -each.score):
        if one.score < LEAST_SCORE:
            break
        if labels.isdisjoint(one.labels) and detections.isdisjoint(one.detections):
            kept.append(one)
            labels.update(one.labels)
            detections.update(one.detections)
    return kept


class _Search:
    def __init__(self, overlaps: Overlaps, expected: Expectations) -> None:
        self.overlaps = overlaps
        self.expected = expected
        self.labels = overlaps.photo.labels
        self.found = overlaps.photo.detections

    def missing(self) -> Iterator[Candidate]:
        """A detection that can be trusted, where nothing is labelled."""
        covered = np.maximum(self.overlaps.iou, self.overlaps.inside_label).max(axis=1, initial=0.0)
        better: list[int] = []
        for number in map(int, np.argsort(-self.overlaps.scores)):
            if any(self.overlaps.found_iou[number, other] > SAME for other in better):
                continue  # the same object, as another category
            better.append(number)
            sure = self.expected.trust(self.found[number].score) * self._surety(number)
            free = max(0.0, 1 - 2 * float(covered[number]))
            yield Candidate(MistakeKind.MISSING, sure * free, (), (number,))

    def wrong_category(self) -> Iterator[Candidate]:
        """A detection of another category at the label's place, and none of its own that is as sure."""
        for at in self.overlaps.judged:
            others = np.where(self.overlaps.same_category[:, at], 0.0, self.overlaps.iou[:, at])
            rivals = np.where(others >= SAME, self.overlaps.scores, 0.0)
            if rivals.any():
                number = int(rivals.argmax())
                own = self._best_score(self.overlaps.own[:, at])
                score = max(0.0, self._surety(number) - own)
                yield Candidate(MistakeKind.WRONG_CATEGORY, score, (at,), (number,))

    def shifted(self) -> Iterator[Candidate]:
        """A sure detection that the label fits badly; no other label fits it better."""
        own = self.overlaps.own
        for at in self.overlaps.judged if len(own) else ():
            number = int((own[:, at] * self.overlaps.scores).argmax())
            iou = own[number, at]
            if iou >= TOUCHES and iou >= own[number].max():
                misfit = self.expected.misfit(
                    self.overlaps.labels_area[at], iou, self.overlaps.beside[number, at]
                )
                yield Candidate(MistakeKind.SHIFTED, self._surety(number) * misfit, (at,), (number,))

    def merged(self) -> Iterator[Candidate]:
        """Two sure detections, apart from each other, in one label."""
        for at in self.overlaps.judged:
            inside = (self.overlaps.inside_label[:, at] >= INSIDE) & self.overlaps.same_category[:, at]
            # A detection that has a label of its own is not part of this one.
            parts = [int(each) for each in np.flatnonzero(inside) if self.overlaps.own[each].argmax() == at]
            whole = self._best_score(self.overlaps.own[:, at])
            for one, other in combinations(parts, 2):
                if self.overlaps.found_iou[one, other] <= APART:
                    sure = min(self._surety(one), self._surety(other))
                    yield Candidate(MistakeKind.MERGED, sure * (1 - whole / 2), (at,), (one, other))

    def doubled(self) -> Iterator[Candidate]:
        """Two labels on one object."""
        best = self.overlaps.iou.max(axis=0, initial=0.0)
        for one, other in combinations(self.overlaps.judged, 2):
            iou = float(self.overlaps.labels_iou[one, other])
            if iou >= DOUBLED:
                worse, better = sorted((one, other), key=lambda at: best[at])
                yield Candidate(MistakeKind.DOUBLED, min(1.0, SAME + iou / 2), (worse, better), ())

    def spurious(self) -> Iterator[Candidate]:
        """No detection, where nearly every label like this one is found."""
        for at in self.overlaps.judged:
            near = np.maximum(self.overlaps.iou[:, at], self.overlaps.inside_found[:, at])
            seen = float((np.minimum(1.0, near / SAME) * self.overlaps.scores).max(initial=0.0))
            usual = self.expected.recall(self.labels[at].category, self.overlaps.labels_area[at])
            yield Candidate(MistakeKind.SPURIOUS, usual * (1 - seen), (at,), ())

    def _surety(self, number: int) -> float:
        return self.expected.surety(self.found[number].category, self.found[number].score)

    def _best_score(self, overlap: NDArray[np.float64]) -> float:
        """Of the detections that are the same object."""
        return float(np.where(overlap >= SAME, self.overlaps.scores, 0.0).max(initial=0.0))
