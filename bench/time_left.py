"""Records how long each iteration of real trainings took, for the test of the time left.

    .venv/bin/python -m bench.time_left FOLDER [NAME ...]

Each file of the folder has ``total`` iterations, the ``first`` recorded one (above 1 where a run went on from a
checkpoint), the validation ``period``, and the ``seconds`` from report to report, as the engine's estimator gets them:
validations, pictures and checkpoints are part of them. Nothing is left out.

Needs ``bin/setup``, and ``fruits_nuts`` in the shared data.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.fruits_nuts import Progress, load, path_of
from jobs.detection.job import IterationRecord, LoadReport, TrainingJob
from jobs.detection.training.trainer import train
from webapp.contracts.training_parameters import TrainingParameters

GOES_ON_AFTER = 40
RUNS: dict[str, dict[str, Any]] = {
    "validations": {"image_size": 160, "iterations": 200, "validation_period": 25, "checkpoint_period": 50},
    "many_validations": {
        "image_size": 96,
        "iterations": 150,
        "validation_period": 10,
        "checkpoint_period": 15,
    },
    "resumed": {"image_size": 96, "iterations": 120, "validation_period": 10, "checkpoint_period": 20},
}


class Recorder(Progress):
    """The time from report to report."""

    def __init__(self, stop_after: int = 0) -> None:
        self.first = 1
        self.seconds: list[float] = []
        self._stop_after = stop_after
        self._last = 0.0

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        """The clock starts."""
        super().started(first_iteration, total, device, start)
        self.first, self._last = first_iteration, time.perf_counter()

    def iterations_fixed(self, total: int) -> None:
        """The time budget allows so many."""

    def iteration(self, record: IterationRecord) -> None:
        """The clock goes on."""
        super().iteration(record)
        now = time.perf_counter()
        self.seconds.append(round(now - self._last, 3))
        self._last = now

    def should_stop(self) -> bool:
        """Where the run is to go on later."""
        return 0 < self._stop_after <= len(self.seconds)


def _record(name: str, folder: Path) -> dict[str, Any]:
    parameters = TrainingParameters(**RUNS[name])
    job = TrainingJob(
        parameters,
        _document(),
        path_of,
        folder,
        device="cpu",
        sample_path=lambda iteration, index: folder / f"{iteration}-{index}.jpg",
        sample_photos=4,
    )
    recorder = Recorder(GOES_ON_AFTER if name == "resumed" else 0)
    train(job, recorder)
    if name == "resumed":
        recorder = Recorder()
        train(TrainingJob(**(vars(job) | {"resume_from": folder / "checkpoint.pt"})), recorder)
    return {
        "total": parameters.iterations,
        "first": recorder.first,
        "period": parameters.validation_period,
        "seconds": recorder.seconds,
    }


def _document() -> dict[str, Any]:
    """13 photos to train with, 5 for validation."""
    document, held_back = load("train13.json", "train"), load("heldback5.json", "validation")
    highest = max(annotation["id"] for annotation in document["annotations"])
    for annotation in held_back["annotations"]:
        annotation["id"] += highest
    document["images"] += held_back["images"]
    document["annotations"] += held_back["annotations"]
    return document


def main() -> None:
    """Writes one file a run; those that are named, or all."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or RUNS:
        with tempfile.TemporaryDirectory() as folder:
            recorded = _record(name, Path(folder))
        (target / f"{name}.json").write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main()
