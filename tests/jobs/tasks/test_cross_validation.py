"""A cross-validation from its start to its end: each fold judges, and the weights see all photos."""

import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from jobs.tasks import cross_validation as task_cross_validation
from jobs.tasks import run_job
from jobs.tasks import training as task_training
from jobs.tasks.database import database_listener

from jobs.processes import termination  # isort: skip  (prepares Detectron2)
from embedded.waiting import wait_until
from jobs.detection.job import IterationRecord
from jobs.tasks.database.database_listener import DatabaseListener
from tests.jobs.conftest import QUICK
from tests.jobs.tasks.test_training import children_of
from tests.jobs.waiting import state_of, wait_for, wait_for_iteration
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.weights_file import read_weights_header
from webapp.models import DetectionModel, EvaluatedImage, LabelRanking, RunStatus, TrainingRun, User
from webapp.training import evaluations
from webapp.training import log as training_log
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training.cross_validation import out_of_fold, spread
from webapp.training.cross_validation.stages import Stage
from webapp.training.weights import files as weights_files

IN_FOLDS = QUICK | {"folds": 2}
"""Two photos in each fold; three iterations for each, and for the weights."""


@pytest.fixture
def run(
    fruits: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> TrainingRun:
    """Not begun; ``train_run`` carries it out in this process."""
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    run = training_runs.start(fruits, administrator, IN_FOLDS)
    shutil.rmtree(storage.run_dir(run.id), ignore_errors=True)
    return run


def losses_of(run: TrainingRun) -> list[int]:
    return [loss.iteration for loss in training_runs.list_losses(run.id)]


def after_the_first_fold(monkeypatch: pytest.MonkeyPatch, what: Callable[[], object]) -> None:
    """``what`` happens when the first fold has been stored."""
    store = out_of_fold.store

    def stored(run_id: int, fold: int, *arguments: Any) -> None:
        store(run_id, fold, *arguments)
        if fold == 1:
            what()

    monkeypatch.setattr(task_cross_validation.out_of_fold, "store", stored)


def is_ranked(run: TrainingRun) -> bool:
    db.session.rollback()
    return db.session.get(LabelRanking, run.id) is not None


def begins(run: TrainingRun) -> list[str]:
    """From which iteration each training began, in the order in which they began."""
    lines = training_log.tail(run.id, 10_000)
    return [found[1] for line in lines if (found := re.search(r"from iteration (\d+ of \d+)", line))]


def test_every_photo_judges_once_whatever_happens_and_the_weights_learn_from_all(
    fruits: DetectionModel, administrator: User, worker: Callable
) -> None:
    # Hardly learning: of what an untrained network finds there is plenty.
    slow = {"iterations": 10, "learning_rate": 1e-6, "folds": 2}
    run = training_runs.start(fruits, administrator, QUICK | slow)
    shutil.rmtree(storage.run_dir(run.id), ignore_errors=True)
    assert (run.iterations, run.notices) == (30, [])
    process = worker("train")
    wait_for_iteration(run, 13)
    for horse in children_of(process.pid):
        horse.kill()
    wait_for(run, RunStatus.FAILED, seconds=30)
    assert run.error["code"] == "process_killed"
    first, second = out_of_fold.folds_of(run.id)
    judged = first.finished_at
    assert judged is not None and second.finished_at is None
    training_runs.resume(run)
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED)
    assert run.status == RunStatus.COMPLETED, run.error
    # The first fold was not trained again, the second went on from its checkpoint.
    assert out_of_fold.folds_of(run.id)[0].finished_at == judged
    began = begins(run)
    assert began[:2] == ["1 of 10", "1 of 10"] and began[3:] == ["1 of 10"]
    assert began[2] in ("3 of 10", "5 of 10", "7 of 10", "9 of 10")
    # One run with one progress.
    assert run.iteration == 30
    assert losses_of(run) == list(range(1, 31))
    found = out_of_fold.found_by_photo(run.id)
    assert len(found) == 4 and all(found.values())
    # Labels that look wrong beside it are there for whoever looks first.
    wait_until(lambda: is_ranked(run), "the labels are ranked")
    folds = spread.of_run(run)
    assert folds is not None and folds.is_over
    assert [fold.photos for fold in folds.folds] == [2, 2]
    assert all(fold.objects for fold in folds.folds)
    ap = folds.spreads["segm AP"]
    assert ap is not None and ap.folds == 2 and 0 <= ap.lowest <= ap.mean <= ap.highest <= 100
    # Judged together, as a test of all photos.
    evaluation = evaluations.of_run(run.id)
    assert evaluation is not None and evaluation.summary["photos"] == 4
    assert evaluation.summary["objects"] == sum(fold.objects or 0 for fold in folds.folds)
    assert db.session.query(EvaluatedImage).filter_by(run_id=run.id).count() == 4
    assert set(run.metrics) == {"bbox", "segm"} and set(run.intervals) == {"bbox", "segm", "detections"}
    # The weights are those of the last training alone, with what the folds advise.
    (weights,) = run.weights
    metadata = read_weights_header(weights_files.file_of(weights)).metadata
    assert metadata is not None and metadata.iteration == 10
    assert metadata.mask_share == 0.75 and metadata.thresholds == weights.thresholds
    assert run.model.weights_in_use_id == weights.id
    wait_until(lambda: not storage.checkpoint_dir(run.id).exists(), "the checkpoints are gone", 30)


def test_a_stop_keeps_the_folds_that_were_judged_and_leaves_no_weights(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_listener, "STOP_CHECK_SECONDS", 0)
    after_the_first_fold(monkeypatch, lambda: training_runs.request_stop(run))
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.STOPPED, run.error
    assert run.notices == ["folds_stopped"]
    assert run.iteration == 4
    assert run.weights == [] and run.model.weights_in_use_id is None
    evaluation = evaluations.of_run(run.id)
    assert evaluation is not None and evaluation.summary["photos"] == 2
    folds = spread.of_run(run)
    assert folds is not None and folds.done == 1
    assert not storage.checkpoint_dir(run.id).exists()


def test_a_stop_in_the_first_fold_leaves_nothing_to_tell(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_listener, "STOP_CHECK_SECONDS", 0)
    begin = DatabaseListener.begin

    def stopped(listener: DatabaseListener, stage: Stage, iterations: int) -> None:
        begin(listener, stage, iterations)
        training_runs.request_stop(db.session.get_one(TrainingRun, run.id))

    monkeypatch.setattr(DatabaseListener, "begin", stopped)
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.STOPPED, run.error
    assert (run.metrics, run.conclusion["code"], run.weights) == (None, "not_tested", [])


def test_a_worker_that_is_told_to_end_hands_the_folds_over(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ending:
        after_the_first_fold(ending, lambda: ending.setattr(termination, "is_ending", lambda: True))
        task_training.train_run(run.id)
    assert state_of(run) == RunStatus.QUEUED, run.error
    judged = out_of_fold.folds_of(run.id)[0].finished_at
    assert judged is not None and run.iteration == 4
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.COMPLETED, run.error
    assert out_of_fold.folds_of(run.id)[0].finished_at == judged
    assert losses_of(run) == list(range(1, 10))
    assert begins(run) == ["1 of 3", "1 of 3", "2 of 3", "1 of 3"]


def test_a_time_is_shared_by_all_trainings(run: TrainingRun) -> None:
    timed = run.parameters | {"time_budget_minutes": 6.0}
    run.parameters, run.iterations = timed, 0
    assert Stage(fold=1, trainings=3).planned(run) == {"time_budget_minutes": 2.0}
    run.iterations = 60
    assert Stage(fold=2, done=1, trainings=3).planned(run)["iterations"] == 20


def test_iterations_are_numbered_through_and_the_time_left_is_that_of_the_whole_run(run: TrainingRun) -> None:
    training_progress.claim(run.id)
    listener = DatabaseListener(run.id, 1)
    listener.begin(Stage(fold=1, trainings=3), 0)
    listener.iterations_fixed(20)
    db.session.refresh(run)
    assert run.iterations == 60
    listener.begin(Stage(fold=2, done=1, trainings=3), 60)
    record = IterationRecord(
        iteration=5,
        total=20,
        training_loss=1.0,
        validation_loss=None,
        full_validation_loss=None,
        validation_ap=None,
        learning_rate=0.1,
        seconds=2.0,
        seconds_left=30.0,
    )
    listener.iteration(record)
    db.session.refresh(run)
    # The rest of this training, and the whole of that of the weights.
    assert (run.iteration, run.eta_seconds) == (25, 30 + 20 * 2)
