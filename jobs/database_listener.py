"""Writes what the engine reports of a training. The engine never sees the database."""

import logging
import math
import time
from pathlib import Path
from typing import Any

from jobs.detection.job import IterationRecord, LoadReport, Phase
from webapp.services import training_progress
from webapp.services.training_progress import Losses

STOP_CHECK_SECONDS = 0.5
_log = logging.getLogger(__name__)


class DatabaseListener:
    """The ``TrainingListener`` of a run."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self._known_stop: Any = None
        self._stop = False
        self._checked = 0.0

    def phase(self, phase: Phase) -> None:
        """A step of the engine, for the log."""
        _log.info("phase %s", phase)

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        """The model is built and the first iteration begins."""
        _log.info("from iteration %s of %s on %s, start weights: %s", first_iteration, total, device, start)
        training_progress.set_device(self.run_id, device)

    def iteration(self, record: IterationRecord) -> None:
        """Store the losses of one iteration."""
        training_progress.record(
            self.run_id,
            Losses(
                iteration=record.iteration,
                training_loss=_finite(record.training_loss),
                validation_loss=_finite(record.validation_loss),
                learning_rate=record.learning_rate,
                seconds=record.seconds,
                seconds_left=record.seconds_left,
                parts={name: value for name, value in record.loss_parts.items() if math.isfinite(value)},
            ),
        )

    def checkpoint(self, path: Path, iteration: int) -> None:
        """A checkpoint was written."""
        _log.info("checkpoint of iteration %s", iteration)

    def should_stop(self) -> bool:
        """Whether the user asked for a stop since the last ``forget_stop``; asks at most twice a second."""
        if not self._stop and time.monotonic() - self._checked > STOP_CHECK_SECONDS:
            self._checked = time.monotonic()
            asked = training_progress.stop_requests(self.run_id)
            self._stop = asked is not None and asked != self._known_stop
        return self._stop

    def forget_stop(self) -> None:
        """The stop so far ended the training; only a newer one skips the test."""
        self._known_stop = training_progress.stop_requests(self.run_id)
        self._stop = False


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
