"""Writes what the engine reports of a training. The engine never sees the database."""

import dataclasses
import logging
import math
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from jobs.detection.job import CheckpointFile, IterationRecord, LoadReport, Phase
from jobs.processes import worker_end
from webapp.core.extensions import db
from webapp.training import progress as training_progress
from webapp.training.progress import Losses

STOP_CHECK_SECONDS = 0.5
PATIENCE_SECONDS = 600.0
"""How long a database that is away is waited for."""
_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class DatabaseListener:
    """The ``TrainingListener`` of one attempt at a run. A restart of the database holds it up, no more."""

    def __init__(self, run_id: int, attempt: int) -> None:
        self.run_id = run_id
        self.attempt = attempt
        self._known_stop: Any = None
        self._stop = False
        self._checked = 0.0

    def phase(self, phase: Phase) -> None:
        """A step of the engine, for the log."""
        _log.info("phase %s", phase)

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        """The model is built and the first iteration begins; what was recorded beyond it goes."""
        _log.info("from iteration %s of %s on %s, start weights: %s", first_iteration, total, device, start)
        if start.source == "file" and start.not_loaded:
            patiently(lambda: training_progress.add_notice(self.run_id, "weights_other_categories"))
        patiently(lambda: training_progress.set_device(self.run_id, device, self.attempt))
        patiently(lambda: training_progress.rewind(self.run_id, first_iteration - 1, self.attempt))

    def iteration(self, record: IterationRecord) -> None:
        """Store the losses of one iteration."""
        losses = Losses(
            iteration=record.iteration,
            training_loss=_finite(record.training_loss),
            validation_loss=_finite(record.validation_loss),
            full_validation_loss=_finite(record.full_validation_loss),
            learning_rate=record.learning_rate,
            seconds=record.seconds,
            seconds_left=record.seconds_left,
            device_memory=record.device_memory,
            parts={name: value for name, value in record.loss_parts.items() if math.isfinite(value)},
        )
        patiently(lambda: training_progress.record(self.run_id, losses, self.attempt))
        if record.iteration == 1 or record.iteration % 10 == 0:
            _log.info(
                "iteration %s of %s: loss %.4f, validation %s, %.2f s",
                record.iteration,
                record.total,
                record.training_loss,
                record.validation_loss and round(record.validation_loss, 4),
                record.seconds,
            )

    def checkpoint(self, files: list[CheckpointFile]) -> None:
        """A checkpoint was written."""
        _log.info("checkpoint: %s", files)
        best = next((file.iteration for file in files if file.kind == "best"), None)
        entries = [dataclasses.asdict(file) for file in files]
        patiently(lambda: training_progress.set_checkpoints(self.run_id, entries, best, self.attempt))

    def should_stop(self) -> bool:
        """Whether the user asked for a stop since the last ``forget_stop``; asks at most twice a second."""
        if not self._stop and time.monotonic() - self._checked > STOP_CHECK_SECONDS:
            self._checked = time.monotonic()
            asked = patiently(lambda: training_progress.stop_requests(self.run_id))
            self._stop = asked is not None and asked != self._known_stop
        return self._stop

    def should_pause(self) -> bool:
        """Whether the worker was told to end: the product is stopped or brought up to date."""
        return worker_end.is_ending()

    def forget_stop(self) -> None:
        """The stop so far ended the training; only a newer one skips the test."""
        self._known_stop = patiently(lambda: training_progress.stop_requests(self.run_id))
        self._stop = False


def patiently(work: Callable[[], Answer]) -> Answer:
    """Do it again while the database is away; raises the database's error after ten minutes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            db.session.rollback()
            if time.monotonic() > deadline:
                raise
            _log.warning("the database is away, trying again", exc_info=True)
            time.sleep(1)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
