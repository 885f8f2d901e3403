"""The stored outcome of a test, and what a threshold means for it."""

import pytest

from tests.builders import runs
from tests.training import tested
from webapp.models import TrainingRun, User
from webapp.training import evaluations


@pytest.fixture
def run(administrator: User) -> TrainingRun:
    model = runs.model_with_photos(administrator)
    run = runs.finished_training(model, administrator)
    tested.store(run)
    return run


def test_a_threshold_has_its_consequence(run: TrainingRun) -> None:
    stored = evaluations.of_run(run.id)
    assert stored is not None
    low, high = (evaluations.consequence(stored.summary, threshold) for threshold in (0.3, 0.7))
    assert (low.objects, low.right, low.missed, low.false_alarms) == (3, 2, 1, 1)
    assert (high.objects, high.right, high.missed, high.false_alarms) == (3, 1, 2, 0)


def test_the_confusion_matrix_adds_up(run: TrainingRun) -> None:
    stored = evaluations.of_run(run.id)
    assert stored is not None
    # Rows fig, date, nothing; columns fig, date, missed. A fig that was taken for a date is not missed too,
    # and the date that was seen there is no false alarm.
    assert evaluations.confusion(stored.summary, 0.5) == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(0.3, [("b.jpg", 1, 1)]), (0.5, [("b.jpg", 1, 0)]), (0.95, [("a.jpg", 2, 0), ("b.jpg", 1, 0)])],
)
def test_the_worst_photos_depend_on_the_threshold(
    run: TrainingRun, threshold: float, expected: list[tuple[str, int, int]]
) -> None:
    worst = evaluations.worst_photos(run.id, threshold, 10)
    assert [(each.photo.filename, each.missed, each.false_alarms) for each in worst] == expected


def test_shapes_come_back_as_they_were(run: TrainingRun) -> None:
    (worst,) = evaluations.worst_photos(run.id, 0.5, 10)
    assert worst.shapes == tested.photos("0" * 64)[1].shapes


def test_a_second_test_takes_the_place_of_the_first(run: TrainingRun) -> None:
    tested.store(run)
    assert len(evaluations.worst_photos(run.id, 0.95, 10)) == 2


def test_a_run_that_was_not_tested_has_none(administrator: User) -> None:
    run = runs.finished_training(runs.model_with_photos(administrator), administrator)
    assert evaluations.of_run(run.id) is None
