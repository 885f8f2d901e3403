"""What happens beside the training loop, as Detectron2 hooks. Their order in ``training.py`` matters."""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from detectron2.engine import HookBase
from detectron2.utils.events import EventStorage
from torch import nn

from jobs.detection.checkpoint import save_checkpoint
from jobs.detection.dataset import Record, TrainingMapper
from jobs.detection.job import IterationRecord, TrainingListener
from jobs.detection.seeding import seed_everything
from jobs.detection.time_left import TimeLeft

VALIDATION_LOSS = "validation_loss"


class StopRequested(BaseException):
    """Ends the loop in order. Not an ``Exception``: Detectron2 would log it as an error."""


class SeedIteration(HookBase):
    """Gives every iteration its own random numbers."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def before_step(self) -> None:
        """Runs before the batch of the iteration is read."""
        seed_everything(self._seed, self.trainer.iter + 1)


class ValidationLoss(HookBase):
    """The loss of one validation photo after every iteration; the photos take turns.

    Detectron2 has no validation loss. Here the model stays in training mode, without gradients: batch norm
    is frozen in both architectures, so nothing of the model changes. The regions that the loss is computed
    on are drawn with random numbers of their own: those of the training are put back, and those of a photo
    are the same each time.
    """

    def __init__(self, model: nn.Module, records: list[Record], mapper: TrainingMapper, seed: int) -> None:
        self._model = model
        self._records = records
        self._mapper = mapper
        self._seed = seed

    def after_step(self) -> None:
        """Raises FloatingPointError when the model has diverged."""
        index = self.trainer.iter % len(self._records)
        batch = [self._mapper(self._records[index])]
        with torch.no_grad(), torch.random.fork_rng(), EventStorage():
            torch.manual_seed(self._seed + index)
            loss = sum(part.item() for part in self._model(batch).values())
        self.trainer.storage.put_scalar(VALIDATION_LOSS, loss, smoothing_hint=False)


class ReportIteration(HookBase):
    """Tells the listener the losses, the learning rate and the time of every iteration."""

    def __init__(self, listener: TrainingListener, total: int, on_gpu: bool) -> None:
        self._listener = listener
        self._total = total
        self._on_gpu = on_gpu
        self._time_left = TimeLeft(total)
        self._began = 0.0

    def before_step(self) -> None:
        """Starts the clock."""
        self._began = time.perf_counter()

    def after_step(self) -> None:
        """Runs after the validation loss and the learning rate are in Detectron2's event storage."""
        latest = {name: value for name, (value, _) in self.trainer.storage.latest().items()}
        iteration = self.trainer.iter + 1
        seconds = time.perf_counter() - self._began
        self._listener.iteration(
            IterationRecord(
                iteration=iteration,
                total=self._total,
                training_loss=latest["total_loss"],
                validation_loss=latest.get(VALIDATION_LOSS),
                learning_rate=latest["lr"],
                seconds=seconds,
                seconds_left=self._time_left.after(iteration, seconds),
                loss_parts={name: value for name, value in latest.items() if name.startswith("loss_")},
                device_memory=torch.cuda.max_memory_allocated() if self._on_gpu else None,
            )
        )


class RefuseDivergedLoss(HookBase):
    """Ends a run that is lost. A loss that is NaN or infinite is found by Detectron2 itself.

    Clipped gradients keep a lost run finite for long: at a learning rate of 1 the loss went from 4 to 10^10 in
    nine iterations and never became NaN. It begins below 10, so at 10,000 nothing is left to learn from.
    """

    LIMIT = 1e4

    def after_step(self) -> None:
        """Raises FloatingPointError, as Detectron2 does."""
        loss = self.trainer.storage.latest()["total_loss"][0]
        if loss > self.LIMIT:
            raise FloatingPointError(f"the loss rose to {loss:.3g}")


class PeriodicCheckpoint(HookBase):
    """Writes the state of the run every ``period`` iterations, not after the last one."""

    def __init__(
        self, path: Path, period: int, state: Callable[[int], dict], listener: TrainingListener
    ) -> None:
        self._path = path
        self._period = period
        self._state = state
        self._listener = listener

    def after_step(self) -> None:
        """Raises OSError, when the disk is full for instance."""
        done = self.trainer.iter + 1
        if done % self._period == 0 and done < self.trainer.max_iter:
            save_checkpoint(self._path, self._state(done))
            self._listener.checkpoint(self._path, done)


class StopOnRequest(HookBase):
    """Asks after every iteration whether to stop. The last hook, so that the iteration is complete."""

    def __init__(self, listener: TrainingListener) -> None:
        self._listener = listener

    def after_step(self) -> None:
        """Raises ``StopRequested``. After the last iteration there is nothing to stop."""
        if self.trainer.iter + 1 < self.trainer.max_iter and self._listener.should_stop():
            raise StopRequested
