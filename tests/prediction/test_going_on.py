"""A prediction whose process is gone goes on where it stopped, no photo twice, and comes to an end in any case."""

from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI

from tests.builders import runs
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.images import faults as image_faults
from webapp.models import ImageState, PredictionRun, RunStatus, User
from webapp.models.columns import now
from webapp.operations import lost_runs
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.runs import states as run_states


@pytest.fixture(autouse=True)
def database_is_old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a database that has just started, as that of the tests may have, no missed beat counts."""
    monkeypatch.setattr(lost_runs, "HEARTBEAT_LIMIT", timedelta(seconds=0.5))


@pytest.fixture
def run(clean_app: OpenAPI, administrator: User) -> PredictionRun:
    """Three photos, the first of them done."""
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    prediction = runs.prediction(model, administrator, {f"{n}.jpg": runs.photo_file(n) for n in range(3)})
    prediction_progress.claim(prediction.id)
    runs.predict_next(prediction, ["fig"])
    return prediction


def lose(run: PredictionRun) -> None:
    """The machine loses power, and the janitor looks a while later."""
    run_states.change_state(
        PredictionRun,
        run.id,
        (RunStatus.RUNNING,),
        RunStatus.RUNNING,
        heartbeat_at=now() - timedelta(minutes=1),
    )
    lost_runs.end_lost_runs(lost_runs.Watch())
    db.session.refresh(run)


def test_it_waits_for_a_worker_again_and_keeps_what_is_done(run: PredictionRun) -> None:
    started = run.started_at
    lose(run)
    assert (run.status, run.done, run.error) == (RunStatus.QUEUED, 1, None)
    assert prediction_progress.claim(run.id)
    runs.predict_next(run, ["fig"])
    runs.predict_next(run, [])
    assert prediction_progress.next_image(run.id) is None
    prediction_progress.finish(run.id, stopped=False)
    db.session.refresh(run)
    assert (run.status, run.done, run.started_at) == (RunStatus.COMPLETED, 3, started)


def test_a_photo_that_ends_its_process_twice_is_given_up(run: PredictionRun) -> None:
    for _attempt in range(2):
        photo = prediction_progress.next_image(run.id)
        assert photo is not None
        assert prediction_progress.begin_image(run.id, photo)
        lose(run)
        assert prediction_progress.claim(run.id)
    photo = prediction_progress.next_image(run.id)
    assert photo is not None
    assert not prediction_progress.begin_image(run.id, photo)
    db.session.refresh(photo)
    assert (photo.state, photo.reason["code"]) == (ImageState.FAILED, "process_ended")
    assert image_faults.sentence(photo.reason)
    following = prediction_progress.next_image(run.id)
    assert following is not None
    assert following.id > photo.id


def test_a_run_that_gets_nowhere_has_failed(run: PredictionRun) -> None:
    for _resume in range(prediction_runs.MOST_RESUMES):
        lose(run)
        assert run.status == RunStatus.QUEUED
        assert prediction_progress.claim(run.id)
    lose(run)
    assert (run.status, run.error["code"]) == (RunStatus.FAILED, "process_lost")


def test_a_stop_that_was_asked_for_is_kept(run: PredictionRun) -> None:
    prediction_runs.request_stop(run)
    lose(run)
    assert (run.status, run.done) == (RunStatus.STOPPED, 1)


def test_of_two_workers_only_one_finishes_a_photo(run: PredictionRun) -> None:
    """The first one was taken for dead while the database was away."""
    photo = prediction_progress.next_image(run.id)
    assert photo is not None
    found = FoundObject("fig", 0.9, [1, 2, 3, 4], 9.0, runs.SEGMENTATION)
    prediction_progress.finish_image(run.id, photo.id, [found])
    with pytest.raises(run_states.RunTakenAway):
        prediction_progress.finish_image(run.id, photo.id, [found])
    with pytest.raises(run_states.RunTakenAway):
        prediction_progress.fail_image(run.id, photo.id, image_faults.fault_document("photo_missing"))
    db.session.refresh(run)
    assert run.done == 2
    assert len(photo.detections) == 1


def test_no_detection_of_a_run_that_was_deleted_is_left(run: PredictionRun) -> None:
    photo = prediction_progress.next_image(run.id)
    assert photo is not None
    run_id, photo_id = run.id, photo.id
    db.session.execute(db.delete(PredictionRun))
    db.session.commit()
    with pytest.raises(run_states.RunTakenAway):
        prediction_progress.finish_image(run_id, photo_id, [])
