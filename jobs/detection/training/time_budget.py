"""Fixes the number of iterations of a run that was given a time instead, from the pace of its first iterations."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from detectron2.engine import HookBase
from detectron2.utils import comm

from jobs.detection.training.time_left import usual_seconds
from webapp.contracts.training_parameters import TrainingParameters

MEASURED = 20
"""Iterations after which the number is fixed. The learning rate does not depend on it before."""
PROVISIONAL = 1_000_000
"""Number of iterations until it is fixed."""


class IterationsFixed(BaseException):
    """Ends the first part of the loop. Not an ``Exception``, which Detectron2 would log as an error."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


@dataclass(frozen=True)
class Periodic:
    """What is done every ``period`` iterations and takes ``seconds()``, measured by doing it in part."""

    period: int
    seconds: Callable[[], float]


def fewest_iterations(parameters: TrainingParameters) -> int:
    """So many that the warm-up is over before the last quarter, as ``solver.RateFactor`` wants it."""
    warmup_fits = math.ceil((parameters.warmup_iterations + 1) * 4 / 3)
    return max(MEASURED + 1, warmup_fits)


class FixIterations(HookBase):
    """The last hook: raises ``IterationsFixed`` after iteration ``MEASURED``. The first process decides for all."""

    def __init__(self, ends: float, fewest: int, beside: Sequence[Periodic]) -> None:
        """``ends``: when the last iteration shall be over, by ``time.monotonic``."""
        self._ends = ends
        self._fewest = fewest
        self._beside = beside
        self._moment = 0.0
        self._seconds: list[float] = []

    def before_train(self) -> None:
        """Starts the clock."""
        self._moment = time.monotonic()

    def after_step(self) -> None:
        """Measured from step to step, so that the other hooks are included."""
        moment = time.monotonic()
        self._seconds.append(moment - self._moment)
        self._moment = moment
        done = self.trainer.iter + 1
        if done >= MEASURED:
            total = self._total(done) if comm.is_main_process() else 0
            raise IterationsFixed(comm.all_gather(total)[0] if comm.get_world_size() > 1 else total)

    def _total(self, done: int) -> int:
        # The first iteration of a process includes loading and warm-up.
        pace = usual_seconds(self._seconds[1:] or self._seconds)
        pace += sum(each.seconds() / each.period for each in self._beside)
        left = self._ends - time.monotonic()
        return max(self._fewest, done + max(1, math.floor(left / pace)))
