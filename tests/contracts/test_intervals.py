"""95 % intervals from resampled photos, of figures whose intervals are known."""

import numpy as np
import pytest
from scipy import stats

from webapp.contracts import intervals
from webapp.contracts.intervals import Interval, ResampledFigure


def mean_of(values: np.ndarray) -> ResampledFigure:
    """The figure «mean over the photos»."""
    weights = intervals.photo_weights(values.size)
    drawn = np.maximum(weights.sum(axis=1), 1)
    return intervals.figure_of(weights @ values / drawn, values.size, values.size)


def interval_of(values: np.ndarray) -> Interval:
    found = intervals.interval(mean_of(values))
    assert found is not None
    return found


@pytest.mark.parametrize("photos", [10, 30, 200])
def test_of_a_mean_it_is_students_interval(photos: int) -> None:
    values = 50 + 10 * stats.norm.ppf((np.arange(photos) + 0.5) / photos)
    expected = stats.t.interval(0.95, photos - 1, loc=values.mean(), scale=stats.sem(values))
    low, high = interval_of(values)
    width = expected[1] - expected[0]
    assert (low, high) == pytest.approx(expected, abs=0.12 * width)


def test_it_leans_to_the_long_tail() -> None:
    values = 10 * stats.expon.ppf((np.arange(30) + 0.5) / 30)
    low, high = interval_of(values)
    assert high - values.mean() > 1.2 * (values.mean() - low)


def test_photos_that_are_all_right_leave_the_unseen_ones() -> None:
    low, high = interval_of(np.full(10, 100.0))
    # None of ten: Clopper and Pearson's limit of the share of photos that are not.
    assert (low, high) == pytest.approx((69.15, 100), abs=0.1)
    assert interval_of(np.zeros(10)) == pytest.approx((0, 30.85), abs=0.1)


def test_it_stays_within_what_a_figure_can_be() -> None:
    low, high = interval_of(np.array([100.0] * 9 + [40.0]))
    assert 0 <= low < 94 < high <= 100


def test_one_photo_tells_nothing() -> None:
    assert intervals.interval(mean_of(np.array([60.0]))) is None


def test_a_figure_that_most_resamples_lack_has_none() -> None:
    whole = mean_of(np.linspace(20, 80, 10))
    missing = whole.resamples.copy()
    missing[: intervals.RESAMPLES * 6 // 10] = np.nan
    scarce = intervals.figure_of(np.concatenate([[whole.value], missing, whole.without_one]), 10, 10)
    assert intervals.interval(scarce) is None
    absent = intervals.figure_of(np.full(1 + intervals.RESAMPLES + 10, np.nan), 0, 0)
    assert intervals.interval(absent) is None


def test_two_runs_alike_differ_by_nothing() -> None:
    figure = mean_of(np.linspace(20, 80, 10))
    assert intervals.interval_of_difference(figure, figure) == (0, 0)


def test_the_photos_are_always_drawn_alike() -> None:
    """Differences to runs of years ago depend on it."""
    weights = intervals.photo_weights(3)
    assert weights[:6].tolist() == [[1, 1, 1], [0, 3, 0], [0, 1, 2], [0, 1, 2], [1, 2, 0], [0, 1, 2]]
    assert weights[-3:].tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    assert weights.shape == (1 + intervals.RESAMPLES + 3, 3)
