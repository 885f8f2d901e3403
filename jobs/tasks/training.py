"""The training job: trains, tests, saves weights and stores the state of the run at every step."""

import functools
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from jobs.detection.evaluation.advice import Advice, advise
from jobs.detection.evaluation.evaluator import Evaluation, EvaluationStopped, evaluate_weights
from jobs.detection.job import TrainingJob, TrainingOutcome
from jobs.detection.training.distributed import train_on_all
from jobs.processes import machines
from jobs.processes.app_context import application, in_app
from jobs.processes.memory import memory_for_training
from jobs.tasks import cross_validation, evaluation_storage
from jobs.tasks.database.database_listener import DatabaseListener
from jobs.tasks.database.database_retry import retry_while_away
from jobs.tasks.engine_reasons import reason_of
from jobs.tasks.run_job import carry_out
from jobs.tasks.training_job import WorkerEnds, asks_to_end, job_of, most_processes, record_test, train
from webapp.contracts.run_files import CHECKPOINT_NAME
from webapp.contracts.run_status import AT_WORK
from webapp.contracts.score_thresholds import Thresholds
from webapp.contracts.training_parameters import FinalWeights
from webapp.core import storage
from webapp.core.extensions import db
from webapp.core.monitoring.versions import TRAINING_PACKAGES, installed_versions
from webapp.formats.coco.document import decompress_document
from webapp.formats.weights_file import COCO_WEIGHTS
from webapp.models import RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.runs import states as run_states
from webapp.runs import training_machine
from webapp.runs.states import RunTakenAway
from webapp.suggestions.label_mistakes import ranking as label_ranking
from webapp.training import log as training_log
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training import samples as training_samples
from webapp.training.cross_validation import stages
from webapp.training.weights import files as weights_files
from webapp.training.weights import thresholds as weights_thresholds

_log = logging.getLogger(__name__)


def train_run(run_id: int) -> None:
    """RQ's entry point. After any error the run is failed with a reason."""
    carry_out(TrainingRun, run_id, _prepare, training_runs.fail, reason_of, log=training_log.writing)


def announce_machine() -> None:
    """Publish GPU and memory of this machine for the web; the worker calls it once, before it forks."""
    app = application()
    with app.app_context():
        training_machine.announce(
            gpu=torch.cuda.is_available(),
            coco_weights=(app.extensions["settings"].pretrained_dir / COCO_WEIGHTS).is_file(),
            memory=memory_for_training(),
            processes=most_processes(app.extensions["settings"].training_processes),
            versions=installed_versions(*TRAINING_PACKAGES),
        )


def _prepare(run: TrainingRun) -> None:
    run_id, attempt = run.id, run.attempt
    try:
        _train_and_test(run)
    except WorkerEnds:
        retry_while_away(lambda: _requeue(run_id, attempt))


def _train_and_test(run: TrainingRun) -> None:
    run_id = run.id
    dataset = decompress_document(run.dataset_version.document)
    stage = stages.next_of(run)
    if stage.fold_of:
        _cross_validate(run_id, run.attempt, dataset)
    else:
        _train_once(run_id, run.attempt, job_of(run, dataset, stage))
    training_samples.forget_old(run_id)
    shutil.rmtree(storage.checkpoint_dir(run_id), ignore_errors=True)


def _train_once(run_id: int, attempt: int, job: TrainingJob) -> None:
    listener = DatabaseListener(run_id, attempt)
    # End the transaction: the training may take hours.
    db.session.rollback()
    outcome = train(run_id, job, listener)
    if outcome.ended_early:
        training_progress.add_notice(run_id, "stopped_early")
    _begin_test(run_id, attempt)
    listener.clear_stop()
    advice = _advise(listener, outcome, job)
    judged, thresholds = retry_while_away(lambda: _save_weights(run_id, outcome, advice))
    tested = _test(listener, judged, job)
    status = RunStatus.STOPPED if outcome.stopped else RunStatus.COMPLETED
    columns = evaluation_storage.run_columns(tested, job, outcome.iterations, thresholds)
    retry_while_away(lambda: _end(run_id, attempt, status, tested, columns))


def _cross_validate(run_id: int, attempt: int, dataset: dict[str, Any]) -> None:
    """The test is that of the folds, whatever became of the weights; a stop before the last fold leaves none."""
    splits = {image["file_name"]: image["split"] for image in dataset["images"]}
    job, outcome = cross_validation.train_all(run_id, dataset, DatabaseListener(run_id, attempt, splits))
    _begin_test(run_id, attempt)
    tested = cross_validation.judge_all(run_id, dataset, job.suppression)
    thresholds, iterations = Thresholds(), job.parameters.iterations
    if outcome is not None:
        weights, iterations = outcome, outcome.iterations
        advice = cross_validation.advise(tested, outcome.weights)
        _file, thresholds = retry_while_away(lambda: _save_weights(run_id, weights, advice))
    stopped = outcome is None or outcome.stopped
    if stopped:
        training_progress.add_notice(run_id, "folds_stopped" if outcome is None else "weights_stopped")
    status = RunStatus.STOPPED if stopped else RunStatus.COMPLETED
    columns = evaluation_storage.run_columns(tested, job, iterations, thresholds)
    retry_while_away(lambda: _end(run_id, attempt, status, tested, columns))
    if outcome is not None:
        # Here and not when somebody first looks: of thousands of photos it takes a while.
        retry_while_away(lambda: label_ranking.bring_up_to_date(db.session.get_one(TrainingRun, run_id)))


def _begin_test(run_id: int, attempt: int) -> None:
    changes = {"heartbeat_at": now(), "eta_seconds": None}
    retry_while_away(lambda: _move_on(run_id, attempt, AT_WORK, RunStatus.TESTING, **changes))


def _move_on(
    run_id: int, attempt: int, expected: tuple[RunStatus, ...], status: RunStatus, **values: Any
) -> None:
    """Change the status; raises RunTakenAway if another worker owns the run or it was ended."""
    run_states.touch(TrainingRun, run_id, attempt)
    if not training_runs.change_state(run_id, expected, status, **values):
        raise RunTakenAway


def take_part(run_id: int, attempt: int, processes: int, resume: bool, token: str) -> None:
    """RQ's entry point on a machine that does not lead: train its share of a run with ``processes`` processes.

    The leading machine reports and saves. Does nothing for an outdated attempt.
    """
    with application().app_context():

        def is_at_work() -> bool:
            db.session.rollback()  # reload the run in each check
            run = db.session.get(TrainingRun, run_id)
            return run is not None and run.attempt == attempt and run.status == RunStatus.RUNNING

        if not machines.is_complete(token, is_at_work):
            _log.info("run %s does not wait for this machine any more", run_id)
            return
        run = db.session.get_one(TrainingRun, run_id)
        stage = stages.next_of(run)
        job = job_of(run, decompress_document(run.dataset_version.document), stage)
        checkpoint = stage.folder(run_id) / CHECKPOINT_NAME if resume else None
        listener = DatabaseListener(run_id, attempt)
        listener.begin(stage, run.iterations)
        db.session.rollback()
        train_on_all(replace(job, processes=processes, resume_from=checkpoint), listener, context=in_app)


def _advise(listener: DatabaseListener, outcome: TrainingOutcome, job: TrainingJob) -> dict[Path, Advice]:
    """What the validation photos say about each file of weights. Raises WorkerEnds.

    Whatever else goes wrong costs the advice, not the weights, which are not stored yet.
    """
    advice: dict[Path, Advice] = {}
    try:
        for file in filter(None, (outcome.weights, outcome.best_weights)):
            advice[file] = advise(
                file,
                job.dataset,
                job.path_of,
                suppression=job.suppression,
                progress=functools.partial(record_test, listener.run_id),
                should_stop=asks_to_end(listener),
            )
    except EvaluationStopped:
        if not listener.should_stop():
            raise WorkerEnds from None
    except RunTakenAway:
        raise
    except Exception:
        _log.exception("no thresholds are advised")
        db.session.rollback()
    return advice


def _save_weights(
    run_id: int, outcome: TrainingOutcome, advice: dict[Path, Advice]
) -> tuple[Path, Thresholds]:
    """Store the last and the best weights; those to be tested (``final_weights``) last.

    Returns the file of these and the thresholds at which they are used.
    """
    run = db.session.get_one(TrainingRun, run_id)
    saved = {weights_files.LAST: (outcome.weights, outcome.iterations)}
    if outcome.best_weights is not None and outcome.best_iteration is not None:
        saved[weights_files.BEST] = (outcome.best_weights, outcome.best_iteration)
        if run.parameters.get("final_weights", FinalWeights.LAST) == FinalWeights.LAST:
            saved[weights_files.LAST] = saved.pop(weights_files.LAST)
    for kind, (file, iteration) in saved.items():
        thresholds = advice[file].thresholds if file in advice else None
        row = weights_files.add_of_run(run, file, kind, iteration, thresholds)
        db.session.flush()
    run.best_iteration = outcome.best_iteration
    used = weights_thresholds.without_settings(row).thresholds
    db.session.commit()
    return weights_files.file_of(row), used


def _end(
    run_id: int, attempt: int, status: RunStatus, tested: Evaluation | None, columns: dict[str, Any]
) -> None:
    """Commit the test result together with the final status."""
    run_states.touch(TrainingRun, run_id, attempt)
    if tested is not None:
        evaluation_storage.store(run_id, tested)
    if not training_runs.change_state(
        run_id, (RunStatus.TESTING,), status, finished_at=now(), checkpoints=[], **columns
    ):
        raise RunTakenAway


def _requeue(run_id: int, attempt: int) -> None:
    """Queue the run for another worker, or for this one after its restart. Does not count as a resume."""
    _move_on(run_id, attempt, AT_WORK, RunStatus.QUEUED, job_id=None, eta_seconds=None)
    training_progress.add_notice(run_id, "resumed_by_itself")
    training_runs.enqueue(db.session.get_one(TrainingRun, run_id))


def _test(listener: DatabaseListener, saved: Path, job: TrainingJob) -> Evaluation | None:
    """Test the weights; None if it was skipped or there are no test photos. Raises WorkerEnds."""
    # End the transaction: the evaluation may take minutes.
    db.session.rollback()
    try:
        return evaluate_weights(
            saved,
            job.dataset,
            "test",
            job.path_of,
            suppression=job.suppression,
            left_out=lambda image: listener.left_out([image]),
            progress=functools.partial(record_test, listener.run_id),
            should_stop=asks_to_end(listener),
        )
    except EvaluationStopped:
        if not listener.should_stop():
            raise WorkerEnds from None
        training_progress.add_notice(listener.run_id, "evaluation_skipped")
        return None
