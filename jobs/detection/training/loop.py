"""The loop over the iterations: their number is known, or a time budget fixes it after the first ones."""

from collections.abc import Callable

from detectron2.engine import SimpleTrainer
from detectron2.solver import LRMultiplier

from jobs.detection.errors import LossDiverged
from jobs.detection.training import hooks
from jobs.detection.training.solver import change_total
from jobs.detection.training.time_budget import FixIterations, IterationsFixed
from webapp.contracts.training_parameters import TrainingParameters


class Loop:
    """Runs Detectron2's trainer from iteration to iteration."""

    def __init__(
        self, trainer: SimpleTrainer, scheduler: LRMultiplier, parameters: TrainingParameters, first: int
    ) -> None:
        """``first``: iterations that are already done."""
        self._trainer = trainer
        self._scheduler = scheduler
        self._parameters = parameters
        self.done = first

    def run(self, total: int) -> bool:
        """Whether it was stopped before the last iteration. Raises ``LossDiverged``."""
        stopped = self._stopped(total)
        self.done = self._trainer.iter + 1 if stopped else total
        return stopped

    def run_for_a_time(self, fix: FixIterations, provisional: int, fixed: Callable[[int], None]) -> bool:
        """As ``run``, but the number is not known: ``fixed`` is called with it once it is."""
        self._trainer.register_hooks([fix])
        try:
            stopped = self._stopped(provisional)
        except IterationsFixed as known:
            self._trainer._hooks.remove(fix)
            self.done = self._trainer.iter + 1
            change_total(self._scheduler, self._parameters, known.total)
            fixed(known.total)
            return self.run(known.total)
        self.done = self._trainer.iter + 1
        return stopped

    def _stopped(self, total: int) -> bool:
        try:
            self._trainer.train(self.done, total)
        except hooks.StopRequested:
            return True
        except (
            FloatingPointError
        ) as error:  # raised by Detectron2 for a loss, box or score that is NaN or infinite
            rate = self._parameters.learning_rate
            raise LossDiverged(iteration=self._trainer.iter + 1, learning_rate=rate) from error
        return False
