"""The training job: claims its run, trains, tests, and writes every step where the pages look."""

import functools
import logging
import shutil
from pathlib import Path
from typing import Any

import torch
from flask import current_app

from jobs.app_context import application
from jobs.database_listener import DatabaseListener
from jobs.detection.evaluation import Evaluation, EvaluationStopped, evaluate_weights
from jobs.detection.job import TrainingJob, TrainingOutcome
from jobs.detection.training import train
from jobs.engine_reasons import reason_of
from jobs.evaluation_storage import new_photo
from jobs.photo_paths import photo_paths
from jobs.run_job import carry_out
from webapp.extensions import db
from webapp.formats.coco_export import decompress_document
from webapp.formats.weights_file import COCO_WEIGHTS
from webapp.models import RunStatus, TrainingRun, Weights
from webapp.models.columns import now
from webapp.models.run_status import AT_WORK
from webapp.services import evaluations, machine, storage, training_progress, training_runs, weights
from webapp.services.run_states import RunTakenAway
from webapp.services.training_parameters import TrainingParameters

_log = logging.getLogger(__name__)


def train_run(run_id: int) -> None:
    """RQ's entry point. Whatever happens, the run ends in one of its states with a reason."""
    carry_out(TrainingRun, run_id, _train_and_test, training_runs.fail, reason_of)


def announce_machine() -> None:
    """Tell the pages what this machine can train on; the worker calls it once, before it forks."""
    app = application()
    with app.app_context():
        machine.announce(
            gpu=torch.cuda.is_available(),
            coco_weights=(app.extensions["settings"].pretrained_dir / COCO_WEIGHTS).is_file(),
        )


def _train_and_test(run: TrainingRun) -> None:
    run_id = run.id
    dataset = decompress_document(run.dataset_version.document)
    listener = DatabaseListener(run_id)
    job = _job(run, dataset)
    # Ends the transaction: the training may take hours.
    db.session.rollback()
    outcome = train(job, listener)
    _log.info("trained %s iterations, stopped: %s", outcome.iterations, outcome.stopped)
    saved = _save_weights(run_id, outcome)
    if not training_runs.change_state(
        run_id, AT_WORK, RunStatus.TESTING, heartbeat_at=now(), eta_seconds=None
    ):
        raise RunTakenAway
    tested = _test(listener, saved, job)
    if tested is not None:
        evaluations.store(run_id, tested.summary, map(new_photo, tested.photos))
    # Commits what the test found together with the state that opens the result.
    training_runs.change_state(
        run_id,
        (RunStatus.TESTING,),
        RunStatus.STOPPED if outcome.stopped else RunStatus.COMPLETED,
        metrics=tested.metrics if tested is not None else None,
        finished_at=now(),
    )
    shutil.rmtree(storage.checkpoint_dir(run_id), ignore_errors=True)


def _job(run: TrainingRun, dataset: dict[str, Any]) -> TrainingJob:
    initial = db.session.get(Weights, run.initial_weights_id) if run.initial_weights_id else None
    return TrainingJob(
        parameters=TrainingParameters(**run.parameters),
        dataset=dataset,
        path_of=photo_paths(dataset),
        output_dir=storage.checkpoint_dir(run.id),
        dataset_version=run.dataset_version.hash,
        start_weights=weights.file_of(initial) if initial else None,
        pretrained_dir=current_app.extensions["settings"].pretrained_dir,
    )


def _save_weights(run_id: int, outcome: TrainingOutcome) -> Path:
    run = db.session.get_one(TrainingRun, run_id)
    row = weights.add_of_run(run, outcome.weights)
    db.session.commit()
    return weights.file_of(row)


def _test(listener: DatabaseListener, saved: Path, job: TrainingJob) -> Evaluation | None:
    # Ends the transaction: the evaluation may take minutes.
    db.session.rollback()
    listener.forget_stop()
    try:
        return evaluate_weights(
            saved,
            job.dataset,
            "test",
            job.path_of,
            progress=functools.partial(training_progress.record_test, listener.run_id),
            should_stop=listener.should_stop,
        )
    except EvaluationStopped:
        training_progress.add_notice(listener.run_id, "evaluation_skipped")
        return None
