"""Sample pictures of a training: a few validation photos with the detections at that time.

The worker draws them at the validation period (jobs/detection/training/hooks.py); the pages show them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from webapp.core import storage

PHOTOS = 3
"""Number of photos, the same each time."""
KEPT = 20
"""Number of newest iterations whose pictures are kept."""
_NAME = re.compile(r"(\d{7})-(\d)\.jpg")


@dataclass(frozen=True)
class Sample:
    """One picture: ``index`` of the photo, from 0, and ``iteration`` of the training."""

    name: str
    iteration: int
    index: int


def folder(run_id: int) -> Path:
    """Folder of a run's pictures."""
    return storage.run_dir(run_id) / "samples"


def file_name(iteration: int, index: int) -> str:
    """The name of a picture in the folder."""
    return f"{iteration:07d}-{index}.jpg"


def list_samples(run_id: int) -> list[Sample]:
    """All pictures by iteration, then by photo."""
    found = []
    for file in folder(run_id).glob("*.jpg"):
        if match := _NAME.fullmatch(file.name):
            found.append(Sample(file.name, int(match[1]), int(match[2])))
    return sorted(found, key=lambda sample: (sample.iteration, sample.index))


def newest(run_id: int) -> list[Sample]:
    """The pictures of the newest iteration, by photo."""
    samples = list_samples(run_id)
    return [sample for sample in samples if sample.iteration == samples[-1].iteration]


def by_iteration(run_id: int) -> dict[int, list[Sample]]:
    """All pictures by the iteration after which they were drawn, the oldest first."""
    steps: dict[int, list[Sample]] = {}
    for sample in list_samples(run_id):
        steps.setdefault(sample.iteration, []).append(sample)
    return steps


def path(run_id: int, name: str) -> Path | None:
    """The picture's file; None where there is no picture of this name."""
    file = folder(run_id) / name
    return file if _NAME.fullmatch(name) and file.is_file() else None


def forget_old(run_id: int) -> None:
    """Delete all but the ``KEPT`` newest iterations."""
    samples = list_samples(run_id)
    kept = sorted({sample.iteration for sample in samples})[-KEPT:]
    for sample in samples:
        if sample.iteration not in kept:
            (folder(run_id) / sample.name).unlink(missing_ok=True)


def forget_after(run_id: int, iteration: int) -> None:
    """Delete pictures after this iteration, from which the run resumes."""
    for sample in list_samples(run_id):
        if sample.iteration > iteration:
            (folder(run_id) / sample.name).unlink(missing_ok=True)
