"""How much memory a training needs at its peak, against what ``webapp/training/memory.py`` says before its start.

    .venv/bin/python -m bench.training_memory [ARCHITECTURE]

Each architecture, image size and batch size is a training of three iterations in a process of its own, with what needs
the most: all stages learn, AdamW, photos full of objects. On a CPU its peak is the resident memory of the whole
process, on a GPU what torch has allocated there. Prints a JSON line for each, the figures for ``NEEDS`` that fit
best, and how far the present ones are off.

Needs ``bin/setup`` alone.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.common.peak_memory import peak_bytes
from bench.common.report import report
from bench.fruits_nuts import Progress
from webapp.contracts.training_parameters import Architecture, Optimizer, TrainingParameters
from webapp.training import memory as training_memory
from webapp.training.memory import SHAPE

MEASURED = {
    Architecture.EFFICIENTNET_LITE0_FPN: (
        *((128, batch) for batch in (1, 8)),
        *((320, batch) for batch in (1, 2, 4, 8)),
        *((640, batch) for batch in (1, 2, 4)),
        *((1024, batch) for batch in (1, 2)),
    ),
    Architecture.R50_FPN: (
        (128, 1),
        (128, 4),
        (320, 1),
        (320, 4),
        (512, 2),
        (640, 1),
        (640, 2),
        (800, 1),
        (800, 2),
    ),
}
PHOTOS, OBJECTS = 6, 30


def main() -> None:
    """One architecture, or both."""
    architectures = [Architecture(name) for name in sys.argv[1:]] or list(Architecture)
    report("idle_trainer_mb", _ask("idle") / 2**20, "MB")
    errors = []
    for architecture in architectures:
        found = [(size, batch, _peak(architecture, size, batch)) for size, batch in MEASURED[architecture]]
        print(json.dumps({"architecture": architecture, "fitting": _fit(found)}), flush=True)
        errors += [_estimate(architecture, size, batch) / peak - 1 for size, batch, peak in found]
    report("training_memory_most_below", -min(errors), "share", 0.1)
    report("training_memory_worst_relative_error", max(map(abs, errors)), "share")


def _peak(architecture: Architecture, size: int, batch: int) -> int:
    peak = _ask("train", architecture, str(size), str(batch))
    line = {"architecture": architecture, "image_size": size, "batch_size": batch}
    estimated = _estimate(architecture, size, batch)
    print(
        json.dumps(line | {"measured_mb": round(peak / 2**20), "estimated_mb": round(estimated / 2**20)}),
        flush=True,
    )
    return peak


def _ask(*arguments: str) -> int:
    command = [sys.executable, "-W", "ignore", "-m", "bench.training_memory", "in-this-process", *arguments]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def _parameters(architecture: Architecture, size: int, batch: int) -> TrainingParameters:
    return TrainingParameters(
        architecture=architecture,
        image_size=size,
        batch_size=batch,
        iterations=3,
        warmup_iterations=0,
        learning_rate=1e-5,
        optimizer=Optimizer.ADAMW,
    )


def _estimate(architecture: Architecture, size: int, batch: int) -> int:
    return training_memory.of_process(_parameters(architecture, size, batch), batch)


def _fit(found: list[tuple[int, int, int]]) -> dict[str, int]:
    """MiB of base, photo and megapixel with the smallest relative errors, raised until no estimate is below."""
    rows = np.array([(1, batch, batch * size**2 * SHAPE / 1e6) for size, batch, _peak in found])
    peaks = np.array([peak / 2**20 for *_where, peak in found])
    needs = np.linalg.lstsq(rows / peaks[:, None], np.ones(len(found)), rcond=None)[0]
    needs *= (peaks / (rows @ needs)).max()
    return dict(zip(("base", "photo", "megapixel"), map(round, needs), strict=True))


def measure(architecture: Architecture, size: int, batch: int) -> int:
    """Bytes at the peak of a training in this process."""
    import torch

    from jobs.detection.job import TrainingJob
    from jobs.detection.training.trainer import train
    from jobs.processes.memory import keep_freed_memory

    keep_freed_memory()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = TrainingJob(
            _parameters(architecture, size, batch),
            noise_photos(folder, size),
            lambda image: folder / image["file_name"],
            folder / "run",
            random_start=True,
        )
        train(job, Progress())
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else peak_bytes()


def noise_photos(folder: Path, size: int) -> dict[str, Any]:
    """Photos of noise, each with many squares; one of them is for validation."""
    dice = np.random.default_rng(1)
    width = round(size * SHAPE)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(1, PHOTOS + 1):
        file = f"{number}.png"
        Image.fromarray(dice.integers(0, 256, (size, width, 3), np.uint8)).save(folder / file)
        split = "train" if number > 1 else "validation"
        images.append({"id": number, "file_name": file, "width": width, "height": size, "split": split})
        for _object in range(OBJECTS):
            side = int(dice.integers(size // 8, size // 3))
            x, y = int(dice.integers(0, width - side)), int(dice.integers(0, size - side))
            shape = [x, y, x + side, y, x + side, y + side, x, y + side]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": [x, y, side, side],
                    "area": side**2,
                    "segmentation": [shape],
                    "iscrowd": 0,
                }
            )
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "square"}]}


def idle() -> int:
    """Bytes of a process that could train and does not."""
    import jobs.detection.training  # noqa: F401

    return peak_bytes()


if __name__ == "__main__":
    if sys.argv[1:2] != ["in-this-process"]:
        main()
    elif sys.argv[2] == "idle":
        print(idle())
    else:
        print(measure(Architecture(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
