"""Converts a training of a ``TrainingRun`` into the engine's ``TrainingJob``, and has it trained."""

import functools
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from jobs.detection.image_errors import is_out_of_memory
from jobs.detection.job import TrainingJob, TrainingOutcome
from jobs.detection.training.distributed import train_on_all
from jobs.processes import machines
from jobs.processes.app_context import in_app
from jobs.tasks.database.database_listener import DatabaseListener
from jobs.tasks.database.database_retry import retry_while_away
from jobs.tasks.image_paths import image_paths
from webapp.contracts.run_files import CHECKPOINT_NAME
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.extensions import db
from webapp.models import TrainingRun, Weights
from webapp.runs import training_machine
from webapp.training import log as training_log
from webapp.training import progress as training_progress
from webapp.training import samples as training_samples
from webapp.training.cross_validation.stages import Stage
from webapp.training.weights import files as weights_files

_log = logging.getLogger(__name__)


class WorkerEnds(Exception):
    """The worker was asked to shut down (SIGTERM) before the run was tested: the run returns to the queue."""


@dataclass(frozen=True)
class SamplePath:
    """A picklable function that gives the path of a sample picture."""

    folder: Path

    def __call__(self, iteration: int, index: int) -> Path:
        """The file."""
        return self.folder / training_samples.file_name(iteration, index)


def job_of(run: TrainingRun, dataset: dict[str, Any], stage: Stage) -> TrainingJob:
    """The engine's job for this training of the run, with the settings of this worker."""
    initial = db.session.get(Weights, run.initial_weights_id) if run.initial_weights_id else None
    settings = machines.settings_of_app()
    parameters = TrainingParameters(**(run.parameters | stage.planned(run)))
    together = machines.machines_for(parameters.batch_size, settings)
    share = parameters.batch_size // (together.count if together else 1)
    return TrainingJob(
        parameters=parameters,
        dataset=stage.document(dataset),
        path_of=image_paths(dataset, run.range_in_use),
        output_dir=stage.folder(run.id),
        dataset_version=run.dataset_version.hash,
        start_weights=weights_files.file_of(initial) if initial else None,
        pretrained_dir=settings.pretrained_dir,
        resume_from=stage.checkpoint(run),
        sample_path=SamplePath(training_samples.folder(run.id)),
        sample_photos=training_samples.PHOTOS,
        processes=training_machine.processes_for(share, most_processes(settings.training_processes)),
        machines=together,
        suppression=run.model.suppression,
    )


def most_processes(wanted: int) -> int:
    """``wanted`` processes; 0: one for each GPU that this worker sees."""
    return wanted or max(1, torch.cuda.device_count())


def train(run_id: int, job: TrainingJob, listener: DatabaseListener) -> TrainingOutcome:
    """Train; if memory runs out, retry once with half the batch and add a notice to the run. Raises WorkerEnds."""
    if job.machines is None and machines.settings_of_app().machines > 1:
        training_progress.add_notice(run_id, "trained_alone")
    outcome = _trained(run_id, job, listener)
    _log.info("trained %s iterations, stopped: %s", outcome.iterations, outcome.stopped)
    if outcome.stopped and not listener.should_stop() and listener.should_pause():
        raise WorkerEnds
    return outcome


def _trained(run_id: int, job: TrainingJob, listener: DatabaseListener) -> TrainingOutcome:
    try:
        return _launched(job, listener)
    except Exception as error:
        if not is_out_of_memory(error) or not _can_be_halved(job):
            raise
        _log.exception("memory ran out")
    # Outside the except block: its traceback refers to the tensors of the first attempt.
    gc.collect()
    torch.cuda.empty_cache()
    changes = {"batch_size": job.parameters.batch_size // 2}
    training_progress.change_parameters(run_id, changes, listener.attempt)
    training_progress.add_notice(run_id, "batch_halved")
    checkpoint = job.output_dir / CHECKPOINT_NAME
    again = replace(
        job,
        parameters=job.parameters.model_copy(update=changes),
        resume_from=checkpoint if checkpoint.is_file() else None,
    )
    return _launched(again, listener)


def _can_be_halved(job: TrainingJob) -> bool:
    """Whether half the batch can still be divided among all processes."""
    half = job.parameters.batch_size // 2
    return half > 0 and half % (job.processes * (job.machines.count if job.machines else 1)) == 0


def _launched(job: TrainingJob, listener: DatabaseListener) -> TrainingOutcome:
    if job.machines is not None:
        resume = job.resume_from is not None
        machines.ask_others(job.machines, listener.run_id, listener.attempt, job.processes, resume)
    outcome = train_on_all(job, listener, context=functools.partial(_reporting, listener.run_id))
    assert outcome is not None  # noqa: S101  (this worker leads)
    return outcome


@contextmanager
def _reporting(run_id: int) -> Iterator[None]:
    """Context of the first of several processes: its log also goes to the run's log."""
    with in_app(), training_log.writing(run_id):
        yield


def record_test(run_id: int, done: int, total: int) -> None:
    """So many photos of a test are done."""
    retry_while_away(lambda: training_progress.record_test(run_id, done, total))


def asks_to_end(listener: DatabaseListener) -> Callable[[], bool]:
    """Whether a test is to end before its last photo: for a stop, or since the worker ends."""
    return lambda: listener.should_stop() or listener.should_pause()
