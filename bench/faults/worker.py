"""The train worker of ``bench.faults``: its engine fails once, at iteration 12, as ``FAULT`` says (nan, oom)."""

import os
from pathlib import Path

import torch

from jobs.detection.training.trainer import SimpleTrainer
from jobs.processes import worker

AT = 12
_step = SimpleTrainer.run_step


def failing_step(trainer: SimpleTrainer) -> None:
    """The step, or the fault. A NaN is there once: the run that is resumed begins before it, in another process."""
    marker = Path(os.environ["DATA_DIR"], "struck")
    if trainer.iter + 1 == AT and not marker.exists():
        marker.touch()
        if os.environ["FAULT"] == "oom":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        with torch.no_grad():
            next(trainer.model.parameters()).fill_(float("nan"))
    _step(trainer)


if __name__ == "__main__":
    SimpleTrainer.run_step = failing_step
    worker.main("train")
