"""Which score threshold validation photos advise."""

import numpy as np

from jobs.detection.evaluation.advised_threshold import FEWEST_OBJECTS, advised_step, advised_thresholds
from jobs.detection.evaluation.counts_by_photo import CountsByPhoto, ScoredOutcomes

Steps = tuple[np.ndarray, np.ndarray, np.ndarray]


def steps(photos: int, *changes: tuple[float, int, int]) -> Steps:
    """Thirty objects, right and false of all photos at each threshold: each change holds from its threshold on.

    Dealt out to the photos one by one, so that none differs from another by more than one.
    """

    def dealt(number: int) -> list[int]:
        return [len(range(place, number, photos)) for place in range(photos)]

    table = [next(row for row in reversed(changes) if step / 100 >= row[0]) for step in range(101)]
    right, false = (np.array([dealt(row[place]) for row in table]) for place in (1, 2))
    return np.array(dealt(30)), right, false


def test_a_threshold_above_a_half_is_advised_only_as_far_as_it_is_needed() -> None:
    # F1 0.60, 0.82, 0.81, 0.89: the best misses five of thirty, and 0.55 only two.
    objects, right, false = steps(6, (0, 28, 35), (0.55, 28, 10), (0.65, 27, 10), (0.9, 25, 1), (0.97, 2, 0))
    # All ten false ones are on one of six photos: 0.82 +- 0.1.
    false[55:90] = [10, 0, 0, 0, 0, 0]
    assert advised_step(objects, right, false) == 0.55


def test_where_many_photos_are_sure_of_it_the_best_is_advised() -> None:
    """The same shares as in the test above, on photos that are all alike: there is no chance in it."""
    one = np.array([30]), *(np.zeros((101, 1)) for _part in range(2))
    for start, right, false in ((0, 28, 35), (55, 28, 10), (65, 27, 10), (90, 25, 1), (97, 2, 0)):
        one[1][start:], one[2][start:] = right, false
    assert advised_step(*(np.repeat(part, 50, axis=-1) for part in one)) == 0.9


def test_where_the_objects_are_found_at_any_threshold_a_half_is_enough() -> None:
    assert advised_step(*steps(10, (0, 30, 9), (0.4, 30, 1), (0.9, 30, 0))) == 0.5


def test_one_false_detection_more_is_chance_and_one_on_every_photo_is_not() -> None:
    assert advised_step(*steps(10, (0, 30, 1), (0.9, 30, 0))) == 0.5
    assert advised_step(*steps(10, (0, 30, 10), (0.9, 30, 0))) == 0.9


def test_what_is_clearly_worse_is_not_advised_for_fewer_misses() -> None:
    assert advised_step(*steps(10, (0, 30, 40), (0.7, 26, 2), (0.8, 3, 0))) == 0.7


def test_the_best_of_low_scores_is_advised_as_it_is() -> None:
    assert advised_step(*steps(10, (0, 30, 40), (0.2, 26, 2), (0.4, 23, 2))) == 0.29


def test_a_single_photo_says_nothing_of_chance() -> None:
    assert advised_step(*steps(1, (0, 30, 2), (0.9, 30, 1))) == 0.9


def test_where_nothing_is_found_nothing_is_advised() -> None:
    assert advised_step(*steps(10, (0, 0, 7))) is None


def found_with_a_score(*categories: tuple[int, float]) -> CountsByPhoto:
    """Categories with so many objects on a photo, all found with this score; -1: not at all."""
    right = [
        (number, score, 0)
        for number, (objects, score) in enumerate(categories)
        for _object in range(objects)
        if score >= 0
    ]
    objects = np.array([[float(number)] for number, _score in categories])
    return CountsByPhoto(objects, ScoredOutcomes.of(right), ScoredOutcomes.of([]))


def test_a_category_has_a_threshold_of_its_own_where_it_has_objects_enough() -> None:
    counts = found_with_a_score((10 * FEWEST_OBJECTS, 0.3), (FEWEST_OBJECTS - 1, 0.2), (0, -1), (40, -1))
    # Each takes the middle of what does as well; all together are found up to 0.2.
    names = ["many", "few", "unseen", "missed"]
    assert advised_thresholds(names, counts) == {"many": 0.15, "few": 0.1, "unseen": 0.1, "missed": 0.1}
    assert advised_thresholds(["dent"], found_with_a_score((40, -1))) is None
