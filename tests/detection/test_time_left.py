"""The estimate of the time that a run still needs."""

import pytest

from jobs.detection.time_left import TimeLeft


def test_it_multiplies_what_is_left_by_the_usual_time() -> None:
    left = TimeLeft(total=100)
    assert left.after(1, 2.0) == 198.0
    assert left.after(2, 2.0) == 196.0


def test_a_slow_first_iteration_is_soon_forgotten() -> None:
    left = TimeLeft(total=1000)
    left.after(1, 60.0)
    left.after(2, 1.0)
    assert left.after(3, 1.0) == pytest.approx(997)


def test_it_follows_a_lasting_change_of_speed() -> None:
    left = TimeLeft(total=1000, window=10)
    for iteration in range(1, 100):
        left.after(iteration, 1.0)
    for iteration in range(100, 110):
        estimate = left.after(iteration, 3.0)
    assert estimate == (1000 - 109) * 3.0


def test_nothing_is_left_after_the_last_iteration() -> None:
    assert TimeLeft(total=1).after(1, 5.0) == 0
