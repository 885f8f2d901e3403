"""Counts for each score threshold: found and missed objects, false detections, confused categories."""

from bisect import bisect_left
from collections import Counter
from typing import Any

from jobs.detection.evaluation.matching import MatchedImage
from webapp.contracts.score_thresholds import STEPS

THRESHOLDS = [step / STEPS for step in range(STEPS + 1)]
"""The thresholds that a reader may choose."""


def counts(photos: list[MatchedImage], categories: int) -> list[list[list[int]]]:
    """For each of THRESHOLDS and each category: right, false, missed. A detection counts from its score down."""
    found: list[list[float]] = [[] for _category in range(categories)]
    false: list[list[float]] = [[] for _category in range(categories)]
    objects = [0] * categories
    for photo in photos:
        for each in photo.objects:
            objects[each.category] += 1
            if each.found_score is not None:
                found[each.category].append(each.found_score)
        for detection in photo.detections:
            if not detection.right and not detection.ignored:
                false[detection.category].append(detection.found.score)
    for scores in (*found, *false):
        scores.sort()
    return [
        [
            _row(_reaching(found[number], step), _reaching(false[number], step), objects[number])
            for number in range(categories)
        ]
        for step in THRESHOLDS
    ]


def _row(right: int, false: int, objects: int) -> list[int]:
    return [right, false, objects - right]


def _reaching(scores: list[float], threshold: float) -> int:
    return len(scores) - bisect_left(scores, threshold)


def mistaken(photos: list[MatchedImage]) -> list[list[list[int]]]:
    """For each of THRESHOLDS the triples (category of the object, category it was taken for, how many).

    An object is confused if it is not found and a false detection of another category overlaps it.
    """
    table: list[Counter[tuple[int, int]]] = [Counter() for _step in THRESHOLDS]
    for photo in photos:
        suspects = [each for each in photo.detections if each.lies_on]
        if not suspects:
            continue
        for step, threshold in enumerate(THRESHOLDS):
            free = {
                place
                for place, each in enumerate(photo.objects)
                if each.found_score is None or each.found_score < threshold
            }
            for detection in suspects:
                place = next((place for place in detection.lies_on if place in free), None)
                if detection.found.score >= threshold and place is not None:
                    free.remove(place)
                    table[step][photo.objects[place].category, detection.category] += 1
    return [[[*pair, number] for pair, number in sorted(counter.items())] for counter in table]


def total(step: list[list[int]]) -> list[int]:
    """Right, false and missed of all categories at one threshold."""
    return [sum(row[place] for row in step) for place in range(3)]


def f1(right: int, false: int, missed: int) -> float:
    """F1, the harmonic mean of precision and recall, 0 to 1; 0 without any."""
    return 2 * right / (2 * right + false + missed) if right else 0.0


def best_step(rows: list[list[int]]) -> dict[str, Any]:
    """The threshold with the highest F1 of these (right, false, missed) at THRESHOLDS, and that F1.

    Of several consecutive thresholds with the same F1 the middle one, for a margin on both sides.
    """
    values = [f1(*row) for row in rows]
    best = max(values)
    first = values.index(best)
    last = first
    while last + 1 < len(values) and values[last + 1] == best:
        last += 1
    return {"threshold": THRESHOLDS[(first + last) // 2], "f1": round(best, 4)}
