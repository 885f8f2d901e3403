"""Whether this machine's GPU trains and predicts as it should: ``python -m bench.gpu_check``, ten minutes.

For an operator with a new GPU, driver or version of torch. Each check works on photos that it makes itself and prints a
JSON line for each figure. What fails is named with its error, and the exit code is 1; send the whole output with a
question. ``--device cpu --quick`` tries the checks themselves where there is no GPU.

Needs ``bin/setup`` alone; no other program may use the GPU meanwhile.
"""

import argparse
import functools
import json
import math
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import detectron2
import torch
import torchvision
from torchvision.ops import nms, roi_align

from bench.common.report import report
from bench.fruits_nuts import Progress
from bench.training_memory import noise_photos
from jobs.detection.device import choose_device
from jobs.detection.evaluation.evaluator import detect_split
from jobs.detection.job import IterationRecord, TrainingJob
from jobs.detection.training.distributed import train_on_all
from webapp.contracts.suppression import Suppression
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.training import memory as training_memory

SIZES = {Architecture.EFFICIENTNET_LITE0_FPN: 640, Architecture.R50_FPN: 1024}
QUICK_SIZE = 96
ITERATIONS, QUICK_ITERATIONS = 40, 3
WARM_UP = 5
"""Iterations that load kernels: they are left out of the pace."""
SAME_SCORE = 0.02
"""How far the best score of a photo may be from the CPU's."""


class CheckFailed(Exception):
    """The device does something else than it should; the message says what."""


@dataclass
class Losses(Progress):
    """Keeps what a training reports."""

    records: list[IterationRecord] = field(default_factory=list)

    def iteration(self, record: IterationRecord) -> None:
        """Keeps it."""
        self.records.append(record)

    def pace(self) -> float:
        """Seconds an iteration, the median."""
        seconds = sorted(record.seconds for record in self.records[WARM_UP:] or self.records)
        return seconds[len(seconds) // 2]


@dataclass(frozen=True)
class Machine:
    """What is checked, and where the checks write."""

    device: str
    quick: bool
    folder: Path

    def job(self, architecture: Architecture, mixed_precision: bool, processes: int = 1) -> TrainingJob:
        """A short training on photos of noise."""
        size = QUICK_SIZE if self.quick else SIZES[architecture]
        photos = self.folder / str(size)
        photos.mkdir(exist_ok=True)
        parameters = TrainingParameters(
            architecture=architecture,
            image_size=size,
            batch_size=2 * processes,
            iterations=QUICK_ITERATIONS if self.quick else ITERATIONS,
            learning_rate=1e-4,
            mixed_precision=mixed_precision,
        )
        return TrainingJob(
            parameters,
            noise_photos(photos, size),
            functools.partial(_photo_in, photos),
            self.folder / str(architecture),
            random_start=architecture is Architecture.R50_FPN,
            device=self.device,
            processes=processes,
        )


def _photo_in(folder: Path, image: dict[str, Any]) -> Path:
    return folder / image["file_name"]


def versions(machine: Machine) -> None:
    """What is installed, and what torch sees."""
    found = {module.__name__: module.__version__ for module in (torch, torchvision, detectron2)}
    gpus = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    device = choose_device(machine.device).description
    print(json.dumps(found | {"cuda": torch.version.cuda, "gpus": gpus, "device": device}), flush=True)


def operators(machine: Machine) -> None:
    """The two operators that torchvision compiles give what they give on the CPU."""
    torch.manual_seed(1)
    corners = torch.rand(500, 2) * 80
    boxes = torch.cat([corners, corners + 1 + torch.rand(500, 2) * 40], 1)
    scores, features = torch.rand(500), torch.rand(1, 8, 64, 64)

    def on(device: str) -> tuple[torch.Tensor, torch.Tensor]:
        there = boxes.to(device)
        pooled = roi_align(features.to(device), [there], 7, 0.5)
        return nms(there, scores.to(device), 0.5).cpu(), pooled.cpu()

    (kept, pooled), (kept_by_cpu, pooled_by_cpu) = on(machine.device), on("cpu")
    if not torch.equal(kept, kept_by_cpu):
        raise CheckFailed("non-maximum suppression keeps other boxes than on the CPU")
    if not torch.allclose(pooled, pooled_by_cpu, atol=1e-3):
        raise CheckFailed("ROIAlign gives other numbers than on the CPU")


def training(architecture: Architecture, mixed_precision: bool, machine: Machine) -> None:
    """Some iterations: pace, memory beside its estimate, finite losses."""
    job = machine.job(architecture, mixed_precision)
    if machine.device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    losses = Losses()
    train_on_all(job, losses)
    if not all(math.isfinite(record.training_loss) for record in losses.records):
        raise CheckFailed("a loss is not finite")
    name = f"{architecture}{'_amp' if mixed_precision else ''}"
    report(f"{name}_seconds_an_iteration", losses.pace(), "s")
    peak = max(record.device_memory or 0 for record in losses.records)
    estimated = training_memory.of_process(job.parameters, job.parameters.batch_size)
    report(f"{name}_memory_mb", peak / 2**20, "MB", round(estimated / 2**20))


def prediction(architecture: Architecture, machine: Machine) -> None:
    """The weights of the training find the same on the device and on the CPU."""
    job = machine.job(architecture, mixed_precision=False)
    weights = job.output_dir / "weights.safetensors"
    best: dict[str, list[float]] = {}
    for device in dict.fromkeys((machine.device, "cpu")):
        began = time.monotonic()
        found = detect_split(
            weights, job.dataset, "train", job.path_of, suppression=Suppression(), device=device
        )
        report(f"{architecture}_seconds_a_photo_{device}", (time.monotonic() - began) / len(found), "s")
        best[device] = [max((each.score for each in photo), default=0.0) for photo in found.values()]
    for score, by_cpu in zip(best[machine.device], best["cpu"], strict=True):
        if not math.isclose(score, by_cpu, abs_tol=SAME_SCORE):
            raise CheckFailed(f"the best detection of a photo scores {score:.3f}, on the CPU {by_cpu:.3f}")


def several_processes(machine: Machine) -> None:
    """A process for each GPU, gradients averaged; two on a CPU."""
    processes = 2 if machine.device == "cpu" else torch.cuda.device_count()
    if processes > 1:
        began = time.monotonic()
        train_on_all(machine.job(Architecture.EFFICIENTNET_LITE0_FPN, False, processes), Progress())
        report(f"training_seconds_{processes}_processes", time.monotonic() - began, "s")


def checks_of(machine: Machine) -> dict[str, Callable[[Machine], None]]:
    """By name, in the order in which they are tried."""
    found: dict[str, Callable[[Machine], None]] = {"versions": versions, "operators": operators}
    for architecture in Architecture:
        found[f"training {architecture}"] = functools.partial(training, architecture, False)
        if choose_device(machine.device).mixed_precision:
            found[f"training {architecture} amp"] = functools.partial(training, architecture, True)
        found[f"prediction {architecture}"] = functools.partial(prediction, architecture)
    return found | {"several processes": several_processes}


def failures(machine: Machine) -> list[str]:
    """Tries all checks; the names of those that failed."""
    failed = []
    for name, check in checks_of(machine).items():
        began = time.monotonic()
        try:
            check(machine)
        except Exception as error:
            traceback.print_exc()
            failed.append(name)
            print(
                json.dumps({"check": name, "works": False, "error": f"{type(error).__name__}: {error}"}),
                flush=True,
            )
        else:
            print(
                json.dumps({"check": name, "works": True, "seconds": round(time.monotonic() - began, 1)}),
                flush=True,
            )
    return failed


def main() -> int:
    """0 where everything works."""
    parser = argparse.ArgumentParser(prog="bench.gpu_check", description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="three iterations on small photos")
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        print(
            "torch sees no GPU here: is the driver installed, and is this torch built for CUDA?",
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory() as folder:
        failed = failures(Machine(asked.device, asked.quick, Path(folder)))
    print(
        f"{len(failed)} checks failed: {', '.join(failed)}" if failed else "everything works", file=sys.stderr
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
