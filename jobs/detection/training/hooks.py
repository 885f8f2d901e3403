"""Detectron2 hooks of the training loop. Their order in ``trainer.py`` matters."""

import time
from pathlib import Path

import torch
from detectron2.engine import HookBase
from detectron2.utils import comm

from jobs.detection.inputs.left_out import LeftOutImages
from jobs.detection.job import IterationRecord, TrainingListener
from jobs.detection.training.checkpoint import Checkpoints, Progress
from jobs.detection.training.seeding import seed_everything
from jobs.detection.training.time_left import TimeLeft
from jobs.detection.training.validation import FULL_VALIDATION_LOSS, VALIDATION_LOSS
from jobs.detection.training.validation_ap import VALIDATION_AP


class StopRequested(BaseException):
    """Ends the loop. Not an ``Exception``, which Detectron2 would log as an error."""


class SeedIteration(HookBase):
    """Seeds the random numbers of every iteration, differently in each of several processes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def before_step(self) -> None:
        """Runs before the batch of the iteration is read."""
        seed_everything(self._seed, self.trainer.iter + 1, comm.get_rank())


class ReportIteration(HookBase):
    """Reports losses, learning rate and time of every iteration to the listener."""

    def __init__(
        self, listener: TrainingListener, total: int, on_gpu: bool, period: int, ends: float
    ) -> None:
        """``period``: iterations between full validations, for the estimate of the time left.

        ``total`` 0: not known yet, the run ends at ``ends`` (by ``time.monotonic``).
        """
        self._listener = listener
        self._on_gpu = on_gpu
        self._period = period
        self._ends = ends
        self.set_total(total)
        self._began = 0.0
        self._reported: float | None = None

    def set_total(self, total: int) -> None:
        """The number of iterations is known now."""
        self._total = total
        self._time_left = TimeLeft(total, period=self._period)

    def before_step(self) -> None:
        """Starts the clock."""
        self._began = time.perf_counter()

    def after_step(self) -> None:
        """Runs after the validation loss and the learning rate are in Detectron2's event storage."""
        iteration = self.trainer.iter + 1
        # The storage keeps values of earlier iterations: use only those of this one.
        latest = {
            name: value
            for name, (value, place) in self.trainer.storage.latest().items()
            if place == self.trainer.iter
        }
        moment = time.perf_counter()
        seconds = moment - self._began
        # Measured from report to report, so that hooks after this one (checkpoints) are included.
        between = moment - (self._began if self._reported is None else self._reported)
        self._reported = moment
        self._listener.iteration(
            IterationRecord(
                iteration=iteration,
                total=self._total,
                training_loss=latest["total_loss"],
                validation_loss=latest.get(VALIDATION_LOSS),
                full_validation_loss=latest.get(FULL_VALIDATION_LOSS),
                validation_ap=latest.get(VALIDATION_AP),
                learning_rate=latest["lr"],
                seconds=seconds,
                seconds_left=self._seconds_left(iteration, between),
                loss_parts={name: value for name, value in latest.items() if name.startswith("loss_")},
                device_memory=torch.cuda.max_memory_allocated() if self._on_gpu else _resident_bytes(),
            )
        )

    def _seconds_left(self, iteration: int, between: float) -> float:
        if self._total:
            return self._time_left.after(iteration, between)
        return max(0.0, self._ends - time.monotonic())


class ReportLeftOut(HookBase):
    """Reports the photos that were left out, of every process."""

    def __init__(self, left_out: LeftOutImages, listener: TrainingListener) -> None:
        self._left_out = left_out
        self._listener = listener

    def after_step(self) -> None:
        """The first process reports those of all: a photo may be in the share of another one."""
        fresh = [self._left_out.unreported()]
        if comm.get_world_size() > 1:
            fresh = comm.all_gather(fresh[0])
        if comm.is_main_process() and any(fresh):
            self._listener.left_out([image for images in fresh for image in images])


class RefuseDivergedLoss(HookBase):
    """Fails a run whose loss exceeds ``LIMIT``. NaN and infinite losses are detected by Detectron2 itself.

    With clipped gradients a diverged loss stays finite for long: at a learning rate of 1 it went from 4 to
    10^10 in nine iterations and never became NaN. It starts below 10, so 10,000 is a safe limit.
    """

    LIMIT = 1e4

    def after_step(self) -> None:
        """Raises FloatingPointError, as Detectron2 does."""
        loss = self.trainer.storage.latest()["total_loss"][0]
        if loss > self.LIMIT:
            raise FloatingPointError(f"the loss rose to {loss:.3g}")


class SaveCheckpoints(HookBase):
    """Saves the state every ``period`` iterations, and after each new best validation."""

    def __init__(self, checkpoints: Checkpoints, period: int, progress: Progress) -> None:
        self._checkpoints = checkpoints
        self._period = period
        self._progress = progress

    def after_step(self) -> None:
        """Raises OSError, when the disk is full for instance."""
        done = self.trainer.iter + 1
        if self._progress.best_iteration == done:
            self._checkpoints.save(done, is_best=True)
        elif done % self._period == 0:
            self._checkpoints.save(done)


class StopOnRequest(HookBase):
    """Ends the loop on a stop, a pause (SIGTERM) or early stopping. The last hook: the iteration is complete.

    Of several processes the first decides for all.
    """

    def __init__(self, listener: TrainingListener, progress: Progress, early_stopping: int) -> None:
        self._listener = listener
        self._progress = progress
        self._early_stopping = early_stopping

    def after_step(self) -> None:
        """Raises ``StopRequested``. After the last iteration there is nothing to stop."""
        if self.trainer.iter + 1 < self.trainer.max_iter and self._decision():
            raise StopRequested

    def _decision(self) -> bool:
        stop = False
        if comm.is_main_process():
            gained_nothing = self._progress.checks_without_gain
            self._progress.ended_early = 0 < self._early_stopping <= gained_nothing
            asked = self._listener.should_stop() or self._listener.should_pause()
            stop = self._progress.ended_early or asked
        return comm.all_gather(stop)[0] if comm.get_world_size() > 1 else stop


def _resident_bytes() -> int:
    """Resident memory of this process, bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
