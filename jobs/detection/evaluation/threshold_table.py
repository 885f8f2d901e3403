"""What each score threshold would mean: objects found and missed, false alarms, and what is mistaken for what."""

from bisect import bisect_left
from collections import Counter
from typing import Any

from jobs.detection.evaluation.matching import MatchedImage

STEPS = [step / 100 for step in range(101)]
"""The thresholds that a reader may choose."""


def counts(photos: list[MatchedImage], categories: int) -> list[list[list[int]]]:
    """For each of STEPS and each category: right, false, missed. A detection counts from its score down."""
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
        for step in STEPS
    ]


def _row(right: int, false: int, objects: int) -> list[int]:
    return [right, false, objects - right]


def _reaching(scores: list[float], threshold: float) -> int:
    return len(scores) - bisect_left(scores, threshold)


def mistaken(photos: list[MatchedImage]) -> list[list[list[int]]]:
    """For each of STEPS the triples (category of the object, category it was taken for, how many).

    An object is taken for another category where it is not found and a false detection lies on it.
    """
    table: list[Counter[tuple[int, int]]] = [Counter() for _step in STEPS]
    for photo in photos:
        suspects = [each for each in photo.detections if each.lies_on]
        if not suspects:
            continue
        for step, threshold in enumerate(STEPS):
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


def f1(right: int, false: int, missed: int) -> float:
    """The harmonic mean of precision and recall, 0 to 1; 0 where there is nothing."""
    return 2 * right / (2 * right + false + missed) if right else 0.0


def best_step(rows: list[list[int]]) -> dict[str, Any]:
    """The threshold with the highest F1 of these (right, false, missed) at STEPS, and that F1.

    Of several with the same F1 the one in the middle of the first row of them: both ways there is room.
    """
    values = [f1(*row) for row in rows]
    best = max(values)
    first = values.index(best)
    last = first
    while last + 1 < len(values) and values[last + 1] == best:
        last += 1
    return {"threshold": STEPS[(first + last) // 2], "f1": round(best, 4)}
