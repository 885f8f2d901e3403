"""What folds found is stored once, by content of the photo, and read back as the engine had it."""

import pytest

from tests.builders.runs import SEGMENTATION, model_with_photos, running_training
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.models import OutOfFoldDetection, TrainingRun, User
from webapp.runs.states import RunTakenAway
from webapp.training import progress as training_progress
from webapp.training.cross_validation import out_of_fold

METRICS = {"segm": {"AP": 50.0}}
FOUND = FoundObject("fig", 0.9, [10.0, 20.0, 30.5, 41.0], 1000.25, SEGMENTATION)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture
def run(administrator: User) -> TrainingRun:
    """Photos A and B judge in fold 1, C in fold 2."""
    run = running_training(model_with_photos(administrator), administrator)
    out_of_fold.plan(run.id, {A: 1, B: 1, C: 2})
    db.session.commit()
    return run


def test_a_fold_that_has_ended_says_what_was_found_on_which_photo(run: TrainingRun) -> None:
    assert out_of_fold.photos_by_fold(run.id) == {A: 1, B: 1, C: 2}
    out_of_fold.store(run.id, 1, {A: [FOUND], B: []}, METRICS, objects=3)
    first, second = out_of_fold.folds_of(run.id)
    assert (first.metrics, first.objects) == (METRICS, 3)
    assert first.finished_at is not None and second.finished_at is None
    found = out_of_fold.found_by_photo(run.id)
    # On B nothing was found; C has not been looked at yet.
    assert set(found) == {A, B} and found[B] == []
    (one,) = found[A]
    assert (one.category, one.score, one.bbox, one.segmentation) == ("fig", 0.9, FOUND.bbox, SEGMENTATION)
    assert one.outlines == FOUND.outlines


def test_a_worker_that_lost_the_run_stores_nothing(run: TrainingRun) -> None:
    attempt = run.attempt
    db.session.commit()
    with pytest.raises(RunTakenAway):
        out_of_fold.store(run.id, 1, {A: [FOUND]}, METRICS, objects=1, attempt=attempt + 1)
    assert out_of_fold.found_by_photo(run.id) == {}
    assert out_of_fold.folds_of(run.id)[0].finished_at is None


def test_detections_go_with_their_run(run: TrainingRun) -> None:
    training_progress.set_device(run.id, "cpu")
    out_of_fold.store(run.id, 1, {A: [FOUND]}, METRICS, objects=1)
    db.session.delete(db.session.get_one(TrainingRun, run.id))
    db.session.commit()
    assert db.session.query(OutOfFoldDetection).count() == 0
