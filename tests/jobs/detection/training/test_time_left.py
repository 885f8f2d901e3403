"""The estimate of the time that a run still needs."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.detection.training.time_left import TimeLeft

RECORDED = sorted((Path(__file__).parent / "recorded_runs").glob("*.json"))
"""What ``bench.time_left`` has recorded, each as it came."""


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


def steady(_iteration: int) -> float:
    return 1.5


def with_validation(iteration: int) -> float:
    """Every 25 iterations a validation over all photos, as long as 20 iterations."""
    return 1.5 if iteration % 25 else 31.5


def with_hiccups(iteration: int) -> float:
    """Now and then the machine does something else."""
    return 1.5 if iteration % 37 else 7.0


@pytest.mark.parametrize("seconds_of", [steady, with_validation, with_hiccups])
def test_after_the_first_tenth_it_is_right_within_a_fifth(seconds_of: Callable[[int], float]) -> None:
    total = 1000
    noise = random.Random(1)  # noqa: S311
    run = [30.0] + [seconds_of(n) * noise.uniform(0.8, 1.2) for n in range(2, total + 1)]
    left = TimeLeft(total, period=25)
    estimates = [left.after(n, seconds) for n, seconds in enumerate(run, start=1)]
    for done in range(total // 10, total * 9 // 10):
        assert estimates[done - 1] == pytest.approx(sum(run[done:]), rel=0.2)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_after_the_first_tenth_of_a_real_run_it_is_right_within_a_fifth(file: Path) -> None:
    run = json.loads(file.read_text())
    total, first, seconds = run["total"], run["first"], run["seconds"]
    left = TimeLeft(total, period=run["period"])
    estimates = [left.after(iteration, took) for iteration, took in enumerate(seconds, start=first)]
    for done in range(total // 10, len(seconds) + 1):
        # Of the last seconds a fifth is less than the page shows.
        assert estimates[done - 1] == pytest.approx(sum(seconds[done:]), rel=0.2, abs=1), done


def test_runs_were_recorded() -> None:
    assert len(RECORDED) >= 9
