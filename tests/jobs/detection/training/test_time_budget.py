"""A run that is given minutes instead of iterations."""

from pathlib import Path

from jobs.detection.training.time_budget import MEASURED, fewest_iterations
from jobs.detection.training.trainer import train
from tests.jobs.detection.conftest import SMALL, Dataset, Recorder
from webapp.contracts.training_parameters import TrainingParameters

WARMUP = {"warmup_iterations": MEASURED, "schedule": "cosine"}


def test_the_pace_of_the_first_iterations_fixes_their_number(shapes: Dataset, tmp_path: Path) -> None:
    """And a run that is given this number has the same losses."""
    timed = Recorder()
    budget = SMALL | WARMUP | {"time_budget_minutes": 0.05}
    outcome = train(shapes.job(tmp_path / "timed", **budget), timed)
    (total,) = timed.fixed
    assert outcome.iterations == total >= fewest_iterations(TrainingParameters(**budget))
    assert not outcome.stopped
    assert [record.total for record in timed.records] == [0] * MEASURED + [total] * (total - MEASURED)
    counted = Recorder()
    train(shapes.job(tmp_path / "counted", **(SMALL | WARMUP), iterations=total), counted)
    assert counted.losses == timed.losses
    assert counted.fixed == []


def test_a_stop_before_the_number_is_known(shapes: Dataset, tmp_path: Path) -> None:
    listener = Recorder(stop_after=3)
    outcome = train(shapes.job(tmp_path, **SMALL, time_budget_minutes=60), listener)
    assert outcome.stopped and outcome.iterations == 3
