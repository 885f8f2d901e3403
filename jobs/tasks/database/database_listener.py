"""Writes the reports of a training to the database, which the engine does not know."""

import dataclasses
import logging
import math
import time
from collections.abc import Mapping
from typing import Any

from jobs.detection.job import CheckpointFile, IterationRecord, LeftOutImage, LoadReport, Phase
from jobs.processes import termination
from jobs.tasks.database.database_retry import retry_while_away
from jobs.tasks.engine_reasons import fault_of
from webapp.training import progress as training_progress
from webapp.training.cross_validation.stages import Stage
from webapp.training.progress import LeftOut, Losses

STOP_CHECK_SECONDS = 0.5
_log = logging.getLogger(__name__)


class DatabaseListener:
    """The ``TrainingListener`` of one attempt at a run. It waits while the database restarts.

    The trainings of a cross-validation are one run: their iterations are numbered through.
    """

    def __init__(self, run_id: int, attempt: int, splits: Mapping[str, str] | None = None) -> None:
        """``splits`` of the photos by name, where a training sees them in others."""
        self.run_id = run_id
        self.attempt = attempt
        self._splits = splits or {}
        self._stage = Stage()
        self._before = 0
        self._seconds: list[float] = []
        self._known_stop: Any = None
        self._stop = False
        self._checked = 0.0

    def begin(self, stage: Stage, iterations: int) -> None:
        """What follows is reported by this training of the run, which has so many iterations; 0: not known yet."""
        self._stage = stage
        self._before = stage.done * (iterations // stage.trainings)
        self._seconds = []

    def phase(self, phase: Phase) -> None:
        """A step of the engine, for the log."""
        _log.info("phase %s", phase)

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        """The first iteration begins; losses recorded beyond it (by an earlier attempt) are deleted."""
        _log.info("from iteration %s of %s on %s, start weights: %s", first_iteration, total, device, start)
        if start.source == "file" and start.not_loaded:
            retry_while_away(lambda: training_progress.add_notice(self.run_id, "weights_other_categories"))
        retry_while_away(lambda: training_progress.set_device(self.run_id, device, self.attempt))
        done = self._before + first_iteration - 1
        retry_while_away(lambda: training_progress.rewind(self.run_id, done, self.attempt))

    def iterations_fixed(self, total: int) -> None:
        """The time budget allows so many: a resume takes this number."""
        _log.info("the time allows %s iterations", total)
        iterations = total * self._stage.trainings
        retry_while_away(lambda: training_progress.fix_iterations(self.run_id, iterations, self.attempt))

    def iteration(self, record: IterationRecord) -> None:
        """Store the losses of one iteration."""
        losses = Losses(
            iteration=self._before + record.iteration,
            training_loss=_finite(record.training_loss),
            validation_loss=_finite(record.validation_loss),
            full_validation_loss=_finite(record.full_validation_loss),
            validation_ap=record.validation_ap,
            learning_rate=record.learning_rate,
            seconds=record.seconds,
            seconds_left=record.seconds_left + self._seconds_after(record),
            device_memory=record.device_memory,
            parts={name: value for name, value in record.loss_parts.items() if math.isfinite(value)},
        )
        retry_while_away(lambda: training_progress.record(self.run_id, losses, self.attempt))
        if record.iteration == 1 or record.iteration % 10 == 0:
            _log.info(
                "iteration %s of %s: loss %.4f, validation %s, %.2f s",
                record.iteration,
                record.total,
                record.training_loss,
                record.validation_loss and round(record.validation_loss, 4),
                record.seconds,
            )

    def _seconds_after(self, record: IterationRecord) -> float:
        """How long the trainings after this one will take, which are as long as it."""
        self._seconds.append(record.seconds)
        spent = sum(self._seconds)
        each = record.total * spent / len(self._seconds) if record.total else spent + record.seconds_left
        return self._stage.left * each

    def left_out(self, images: list[LeftOutImage]) -> None:
        """Photos that cannot be used: the run lists them."""
        if images:
            listed = [
                LeftOut(
                    image.file_name,
                    self._splits.get(image.file_name, image.split),
                    fault_of(image.error),
                )
                for image in images
            ]
            retry_while_away(lambda: training_progress.add_left_out(self.run_id, listed, self.attempt))

    def checkpoint(self, files: list[CheckpointFile]) -> None:
        """A checkpoint was written."""
        _log.info("checkpoint: %s", files)
        of_run = [dataclasses.replace(file, iteration=self._before + file.iteration) for file in files]
        best = next((file.iteration for file in of_run if file.kind == "best"), None)
        entries = [dataclasses.asdict(file) for file in of_run]
        retry_while_away(lambda: training_progress.set_checkpoints(self.run_id, entries, best, self.attempt))

    def should_stop(self) -> bool:
        """Whether the user asked for a stop since the last ``clear_stop``; queries at most twice a second."""
        if not self._stop and time.monotonic() - self._checked > STOP_CHECK_SECONDS:
            self._checked = time.monotonic()
            asked = retry_while_away(lambda: training_progress.stop_requests(self.run_id))
            self._stop = asked is not None and asked != self._known_stop
        return self._stop

    def should_pause(self) -> bool:
        """Whether the worker was asked to shut down (SIGTERM)."""
        return termination.is_ending()

    def clear_stop(self) -> None:
        """Called when a stop has ended the training: only a newer stop skips the test."""
        self._known_stop = retry_while_away(lambda: training_progress.stop_requests(self.run_id))
        self._stop = False


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
