"""Of several processes none may die unnoticed. On a CPU, by gloo."""

import dataclasses
import os
import signal
from pathlib import Path
from statistics import fmean

import psutil
import pytest

from jobs.detection.errors import LossDiverged, ProcessKilled
from jobs.detection.job import CheckpointFile, IterationRecord, LeftOutImage, LoadReport, Phase
from jobs.detection.training.distributed import train_on_all
from tests.jobs.detection.conftest import Dataset

SMALLEST = {
    "image_size": 64,
    "batch_size": 2,
    "warmup_iterations": 2,
    "data_workers": 0,
    "learning_rate": 0.002,
}


SEEDS = (1, 2, 3)


@dataclasses.dataclass
class FileListener:
    """Writes the losses to a file, where another process can read them; kills a rank where it is told to."""

    file: Path
    kill_at: int = 0

    def phase(self, phase: Phase) -> None:
        """Not kept."""

    def started(self, first_iteration: int, total: int, device: str, start: LoadReport) -> None:
        """Not kept."""

    def iterations_fixed(self, total: int) -> None:
        """The time budget allows so many."""

    def iteration(self, record: IterationRecord) -> None:
        with self.file.open("a") as file:
            file.write(f"{record.training_loss}\n")
        if record.iteration == self.kill_at:
            others = psutil.Process(os.getppid()).children()
            ranks = [
                one.pid
                for one in others
                if one.pid != os.getpid() and "spawn_main" in " ".join(one.cmdline())
            ]
            os.kill(ranks[0], signal.SIGKILL)

    def left_out(self, images: list[LeftOutImage]) -> None:
        with self.file.with_suffix(".left-out").open("a") as file:
            file.writelines(f"{image.file_name}\n" for image in images)

    def checkpoint(self, files: list[CheckpointFile]) -> None:
        """Not kept."""

    def should_stop(self) -> bool:
        return False

    def should_pause(self) -> bool:
        return False


def test_a_killed_process_fails_the_run(shapes: Dataset, tmp_path: Path) -> None:
    job = dataclasses.replace(shapes.job(tmp_path, iterations=500, **SMALLEST), processes=2)
    with pytest.raises(ProcessKilled):
        train_on_all(job, FileListener(tmp_path / "losses", kill_at=2))
    assert not any("spawn_main" in " ".join(one.cmdline()) for one in psutil.Process().children())


@pytest.mark.slow
def test_an_error_of_the_first_process_arrives_as_it_was(shapes: Dataset, tmp_path: Path) -> None:
    wild = SMALLEST | {"learning_rate": 1.0, "warmup_iterations": 0}
    job = dataclasses.replace(shapes.job(tmp_path, iterations=100, **wild), processes=2)
    with pytest.raises(LossDiverged) as caught:
        train_on_all(job, FileListener(tmp_path / "losses"))
    assert caught.value.params["learning_rate"] == 1.0


@pytest.mark.slow
def test_two_processes_learn_as_one_does_at_the_same_batch(shapes: Dataset, tmp_path: Path) -> None:
    train_only = [image for image in shapes.document["images"] if image["split"] == "train"]
    shapes = dataclasses.replace(shapes, document=shapes.document | {"images": train_only})
    losses: dict[int, list[list[float]]] = {1: [], 2: []}
    for seed in SEEDS:
        for processes in losses:
            folder = tmp_path / f"{processes}-{seed}"
            job = shapes.job(folder, iterations=50, **(SMALLEST | {"batch_size": 4, "seed": seed}))
            file = tmp_path / f"losses-{processes}-{seed}"
            train_on_all(dataclasses.replace(job, processes=processes), FileListener(file))
            losses[processes].append([float(line) for line in file.read_text().splitlines()])
    assert {len(one) for of in losses.values() for one in of} == {50}
    # Each process draws its own proposals for the same photos, so iterations differ, and the end of one seed by a
    # fifth in either direction; the course of several seeds does not.
    for part in (slice(None), slice(0, 10), slice(40, 50)):
        one, two = (fmean(fmean(of[part]) for of in losses[processes]) for processes in (1, 2))
        assert two == pytest.approx(one, rel=0.1), (part, one, two)
