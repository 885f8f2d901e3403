"""A training from *Start* to its end, by a real worker."""

from collections.abc import Callable
from datetime import datetime

import psutil
import pytest
import torch
from flask_openapi3 import OpenAPI
from rq import Worker

from jobs.tasks import run_job
from jobs.tasks import training as task_training

from jobs.processes import termination  # isort: skip  (prepares Detectron2)
from detectron2.engine import SimpleTrainer

from embedded.waiting import wait_until
from tests.jobs.conftest import QUICK
from tests.jobs.waiting import state_of, wait_for, wait_for_iteration
from webapp.contracts.intervals import unpack
from webapp.contracts.training_parameters import Architecture
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.models import DetectionModel, Image, RunStatus, Split, TrainingRun, User
from webapp.projects import detection_models
from webapp.runs.states import RunTakenAway
from webapp.training import evaluations
from webapp.training import log as training_log
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training import samples as training_samples
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use


def children_of(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children()


def last_beat(app: OpenAPI) -> datetime:
    """Of the one worker that RQ knows."""
    (of_train,) = Worker.all(connection=app.extensions["redis"])
    return of_train.last_heartbeat


def test_it_trains_tests_and_keeps_every_loss(
    fruits: DetectionModel, administrator: User, worker: Callable
) -> None:
    run = training_runs.start(fruits, administrator, QUICK)
    worker("train")
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED)
    assert run.error is None
    assert run.status == RunStatus.COMPLETED
    assert run.iteration == run.iterations == 3
    losses = training_runs.list_losses(run.id)
    assert [loss.iteration for loss in losses] == [1, 2, 3]
    assert all(loss.training_loss and loss.validation_loss and loss.parts for loss in losses)
    assert set(run.metrics) == {"bbox", "segm"}
    evaluation = evaluations.of_run(run.id)
    assert evaluation is not None
    assert evaluation.summary["suppression"] == {"mask_iou": 0.5, "across_categories": False}
    assert 0 <= run.metrics["segm"]["AP"] <= 100
    # One test photo gives no interval of AP; the shares of its objects have one.
    assert set(run.intervals) == {"bbox", "segm", "detections"}
    assert run.intervals["segm"]["AP"] is None
    assert set(run.intervals["segm"]) == set(run.metrics["segm"])
    assert 0 <= run.intervals["detections"]["recall"][0] < run.intervals["detections"]["recall"][1] <= 1
    assert run.conclusion["code"] == "few_iterations"
    stored = evaluations.of_run(run.id)
    assert stored is not None
    assert stored.test_hash
    assert "segm AP" in unpack(stored.resamples)
    assert weights_files.file_of(weights_files.of_run(run)).stat().st_size == run.weights[0].size
    assert run.device
    (change,) = in_use.history(fruits)
    assert change.after is not None
    assert (change.after["id"], change.after["ap"]) == (fruits.weights_in_use_id, run.metrics["segm"]["AP"])
    assert fruits.weights_in_use_id == weights_files.of_run(run).id


def test_a_stop_saves_weights_and_tests_them(
    fruits: DetectionModel, administrator: User, worker: Callable
) -> None:
    run = training_runs.start(fruits, administrator, QUICK | {"iterations": 5000})
    worker("train")
    wait_for_iteration(run, 2)
    training_runs.request_stop(run)
    wait_for(run, RunStatus.STOPPED, RunStatus.FAILED)
    assert run.status == RunStatus.STOPPED, run.error
    assert 2 <= run.iteration < 5000
    assert run.weights
    assert run.metrics


def test_a_stop_in_the_queue_is_at_once(fruits: DetectionModel, administrator: User) -> None:
    run = training_runs.start(fruits, administrator, QUICK)
    training_runs.request_stop(run)
    assert state_of(run) == RunStatus.STOPPED


def test_a_killed_work_horse_fails_the_run_with_a_sentence_and_it_can_be_resumed(
    fruits: DetectionModel, administrator: User, worker: Callable
) -> None:
    run = training_runs.start(fruits, administrator, QUICK | {"iterations": 20})
    process = worker("train")
    wait_for_iteration(run, 4)
    for horse in children_of(process.pid):
        horse.kill()
    wait_for(run, RunStatus.FAILED, seconds=30)
    assert run.error["code"] == "process_killed"
    assert [file["kind"] for file in run.checkpoints] == ["last"]
    before = {loss.iteration: loss.training_loss for loss in training_runs.list_losses(run.id)}
    training_runs.resume(run)
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED)
    assert run.status == RunStatus.COMPLETED, run.error
    losses = training_runs.list_losses(run.id)
    assert [loss.iteration for loss in losses] == list(range(1, 21))
    again = [loss.training_loss for loss in losses if loss.iteration in before]
    assert again == pytest.approx(list(before.values()), rel=1e-5)
    assert {row.kind for row in run.weights} <= {"last", "best"}
    assert run.weights[-1].kind == "last"
    assert any("from iteration 1 of 20" in line for line in training_log.tail(run.id, 10_000))
    assert training_samples.newest(run.id)[0].iteration == 20
    # The run is over before its worker clears up.
    wait_until(lambda: not storage.checkpoint_dir(run.id).exists(), "the checkpoints are gone", 30)


def test_a_run_whose_worker_was_killed_goes_on_by_itself_and_leaves_no_orphan(
    fruits: DetectionModel, administrator: User, worker: Callable
) -> None:
    run = training_runs.start(fruits, administrator, QUICK | {"iterations": 5000})
    process = worker("train")
    worker("janitor")
    wait_for_iteration(run, 3)
    horses = children_of(process.pid)
    process.kill()
    wait_until(lambda: not any(horse.is_running() for horse in horses), "the work horse died too", 10)
    wait_for(run, RunStatus.QUEUED, seconds=45)
    worker("train")
    reached = run.iteration
    wait_until(lambda: state_of(run) == RunStatus.RUNNING and run.iteration > reached, "it goes on", 60)
    assert (run.attempt, run.resumes, run.notices) == (2, 1, ["resumed_by_itself"])
    iterations = [loss.iteration for loss in training_runs.list_losses(run.id)]
    assert iterations == list(range(1, len(iterations) + 1))
    training_runs.request_stop(run)
    wait_for(run, RunStatus.STOPPED, RunStatus.FAILED)
    assert run.status == RunStatus.STOPPED, run.error


def test_a_worker_that_is_told_to_end_hands_its_run_back_and_that_counts_as_no_crash(
    fruits: DetectionModel, administrator: User, worker: Callable, clean_app: OpenAPI
) -> None:
    run = training_runs.start(fruits, administrator, QUICK | {"iterations": 5000})
    process = worker("train")
    wait_for_iteration(run, 3)
    beat = last_beat(clean_app)
    wait_until(lambda: last_beat(clean_app) != beat, "the worker beats while its job goes on", 30)
    process.terminate()
    process.wait(60)
    assert state_of(run) == RunStatus.QUEUED
    reached = run.iteration
    worker("train")
    wait_until(lambda: state_of(run) == RunStatus.RUNNING and run.iteration > reached, "it goes on", 60)
    assert (run.attempt, run.resumes, run.notices) == (2, 0, ["resumed_by_itself"])
    losses = training_runs.list_losses(run.id)
    assert [loss.iteration for loss in losses] == list(range(1, len(losses) + 1))


def test_a_worker_that_is_told_to_end_leaves_the_test_to_the_next(
    fruits: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    run = training_runs.start(fruits, administrator, QUICK | {"iterations": 1})
    with monkeypatch.context() as ending:
        ending.setattr(termination, "is_ending", lambda: True)
        task_training.train_run(run.id)
    assert state_of(run) == RunStatus.QUEUED, run.error
    assert run.metrics is None
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.COMPLETED, run.error
    assert (run.resumes, set(run.metrics)) == (0, {"bbox", "segm"})
    assert [row.kind for row in run.weights] == ["last"]


def test_a_run_goes_on_by_itself_three_times_without_progress(
    fruits: DetectionModel, administrator: User
) -> None:
    run = training_runs.start(fruits, administrator, QUICK)

    def times_until_it_is_given_up() -> int:
        times = 0
        while training_progress.claim(run.id) and training_runs.resume_lost(run.id):
            times += 1
        assert state_of(run) == RunStatus.RUNNING
        return times

    assert times_until_it_is_given_up() == 3
    checkpoint = {"kind": "last", "iteration": 2, "size": 1}
    training_progress.set_checkpoints(run.id, [checkpoint], None)
    assert training_runs.resume_lost(run.id), "a later checkpoint is progress"
    training_progress.claim(run.id)
    training_progress.set_checkpoints(run.id, [checkpoint, checkpoint | {"kind": "best"}], 2)
    assert training_runs.resume_lost(run.id), "the same one is none"
    assert times_until_it_is_given_up() == 1
    training_runs.fail(run.id, {"code": "process_lost", "params": {}})
    training_runs.resume(db.session.get_one(TrainingRun, run.id))
    assert times_until_it_is_given_up() == 3, "who resumes it gives it its turns back"


def test_a_worker_of_an_earlier_attempt_writes_no_more(fruits: DetectionModel, administrator: User) -> None:
    run = training_runs.start(fruits, administrator, QUICK)
    training_progress.claim(run.id)
    training_runs.resume_lost(run.id)
    training_progress.claim(run.id)
    with pytest.raises(RunTakenAway):
        training_progress.set_device(run.id, "CPU", attempt=1)
    training_progress.set_device(run.id, "CPU", attempt=2)


def test_memory_that_runs_out_halves_the_batch_once(
    fruits: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No GPU here: the error that torch raises on one is raised where a step would."""
    step = SimpleTrainer.run_step

    def run_step(trainer: SimpleTrainer) -> None:
        if len(trainer.data_loader._places()) > 1 and trainer.iter == 2:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        step(trainer)

    monkeypatch.setattr(SimpleTrainer, "run_step", run_step)
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    run = training_runs.start(fruits, administrator, QUICK | {"batch_size": 2, "data_workers": 0})
    task_training.train_run(run.id)
    assert state_of(run) == RunStatus.COMPLETED, run.error
    assert (run.parameters["batch_size"], run.notices) == (1, ["batch_halved"])
    assert [loss.iteration for loss in training_runs.list_losses(run.id)] == [1, 2, 3]


def test_memory_that_runs_out_again_fails_the_run(
    fruits: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_step(trainer: SimpleTrainer) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(SimpleTrainer, "run_step", run_step)
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    run = training_runs.start(fruits, administrator, QUICK | {"batch_size": 4})
    task_training.train_run(run.id)
    assert (state_of(run), run.error["code"]) == (RunStatus.FAILED, "out_of_memory")
    assert run.parameters["batch_size"] == 2


def test_a_loss_that_diverges_fails_the_run_with_advice(
    fruits: DetectionModel, administrator: User, worker: Callable
) -> None:
    diverging = {"iterations": 200, "learning_rate": 1.0, "warmup_iterations": 0}
    run = training_runs.start(fruits, administrator, QUICK | diverging)
    worker("train")
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED)
    assert run.status == RunStatus.FAILED
    assert run.error["code"] == "loss_diverged"
    kept = len(training_runs.list_losses(run.id))
    assert kept >= 1
    assert kept >= run.error["params"]["iteration"] - 1


def test_a_run_whose_job_was_lost_is_queued_again(
    fruits: DetectionModel, administrator: User, worker: Callable, clean_app: OpenAPI
) -> None:
    run = training_runs.start(fruits, administrator, QUICK)
    clean_app.extensions["redis"].flushdb()
    worker("train")
    worker("janitor")
    wait_for(run, RunStatus.COMPLETED, RunStatus.FAILED)
    assert run.status == RunStatus.COMPLETED, run.error


def test_without_labels_it_is_refused(clean_app: OpenAPI, administrator: User) -> None:
    model = detection_models.create_model("Empty", "", administrator)
    with pytest.raises(UserError) as refused:
        training_runs.start(model, administrator, QUICK)
    assert {fault["code"] for fault in refused.value.details["faults"]} == {
        "no_labels",
        "validation_empty",
        "test_empty",
    }


def test_an_empty_test_split_is_refused_unless_allowed(fruits: DetectionModel, administrator: User) -> None:
    db.session.query(Image).filter(Image.split == Split.TEST).delete()
    db.session.commit()
    with pytest.raises(UserError) as refused:
        training_runs.start(fruits, administrator, QUICK)
    assert [fault["code"] for fault in refused.value.details["faults"]] == ["test_empty"]
    run = training_runs.start(fruits, administrator, QUICK, allow_empty={Split.TEST})
    assert run.notices == ["test_split_empty"]


def test_a_missing_photo_is_refused(fruits: DetectionModel, administrator: User) -> None:
    image = db.session.query(Image).first()
    image_intake.file_path(image.file).unlink()
    with pytest.raises(UserError) as refused:
        training_runs.start(fruits, administrator, QUICK)
    assert refused.value.code == "photo_missing"
    assert image.filename in refused.value.message


def test_the_same_labels_are_the_same_dataset_version(fruits: DetectionModel, administrator: User) -> None:
    first = training_runs.start(fruits, administrator, QUICK)
    second = training_runs.start(fruits, administrator, QUICK)
    assert first.dataset_version_id == second.dataset_version_id
    assert (first.number, second.number) == (1, 2)


def test_coco_weights_that_are_missing_are_refused(fruits: DetectionModel, administrator: User) -> None:
    with pytest.raises(UserError) as refused:
        training_runs.start(fruits, administrator, QUICK | {"architecture": Architecture.R50_FPN})
    assert refused.value.code == "pretrained_missing"
