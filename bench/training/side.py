"""One side of ``bench.training`` in a process of its own: prints its seconds an iteration as JSON."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

from bench.fruits_nuts import Progress, load, path_of
from jobs.detection.inputs.dataset import category_names
from jobs.detection.job import IterationRecord, TrainingJob
from jobs.detection.network.architectures import build_config, load_default_weights
from jobs.detection.training.trainer import train
from jobs.processes.app_context import application
from jobs.tasks.database.database_listener import DatabaseListener
from webapp.contracts.training_parameters import TrainingParameters
from webapp.models import TrainingRun
from webapp.training import progress as training_progress

WARM = 3
"""Iterations at the start that do not count."""


class Clock(Progress):
    """Notes when each iteration ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def iteration(self, record: IterationRecord) -> None:
        """The end of one."""
        self.ends.append(time.perf_counter())


class StoringClock(DatabaseListener):
    """Stores and streams each iteration, then notes when it ended."""

    def __init__(self, run_id: int, attempt: int) -> None:
        super().__init__(run_id, attempt)
        self.ends: list[float] = []

    def iteration(self, record: IterationRecord) -> None:
        """The end of one, stored."""
        super().iteration(record)
        self.ends.append(time.perf_counter())


def plain(parameters: TrainingParameters, folder: Path) -> list[float]:
    """Detectron2's ``DefaultTrainer`` as its documentation has it."""
    from detectron2.data import DatasetCatalog
    from detectron2.data.datasets import load_coco_json
    from detectron2.engine import DefaultTrainer, HookBase
    from detectron2.utils.events import CommonMetricPrinter, JSONWriter

    document = load("train13.json", "train")
    labels = folder / "train.json"
    labels.write_text(json.dumps(document))
    photos = str(path_of(document["images"][0]).parent)
    DatasetCatalog.register("bench", lambda: load_coco_json(str(labels), photos, "bench"))
    cfg = build_config(parameters, len(document["categories"]))
    cfg.DATASETS.TRAIN, cfg.DATASETS.TEST = ("bench",), ()
    cfg.OUTPUT_DIR, cfg.SEED = str(folder), parameters.seed
    ends: list[float] = []

    class NoteEnd(HookBase):
        def before_step(self) -> None:
            ends.append(time.perf_counter())

    class WithoutTensorboard(DefaultTrainer):
        def build_writers(self) -> list[Any]:
            return [CommonMetricPrinter(self.max_iter), JSONWriter(str(folder / "metrics.json"))]

    torch.manual_seed(parameters.seed)
    trainer = WithoutTensorboard(cfg)
    load_default_weights(trainer.model, parameters.architecture, None)
    trainer.register_hooks([NoteEnd()])
    trainer.train()
    return ends


def ours(parameters: TrainingParameters, folder: Path) -> list[float]:
    """The engine without validation."""
    clock = Clock()
    job = TrainingJob(parameters, load("train13.json", "train"), path_of, folder, device="cpu")
    train(job, clock)
    return clock.ends


def validated(parameters: TrainingParameters, folder: Path) -> list[float]:
    """With the validation loss at every iteration, stored for a run that ``bench.training.product`` has made."""
    document = load("train13.json", "train")
    held_back = load("heldback5.json", "validation")
    highest = max(annotation["id"] for annotation in document["annotations"])
    for annotation in held_back["annotations"]:
        annotation["id"] += highest
    document["images"] += held_back["images"]
    document["annotations"] += held_back["annotations"]
    with application().app_context():
        run = _claim()
        clock = StoringClock(run.id, run.attempt)
        train(TrainingJob(parameters, document, path_of, folder, device="cpu"), clock)
        return clock.ends


def _claim() -> TrainingRun:
    from bench.training.product import new_run

    run = training_progress.claim(new_run().id)
    assert run is not None  # noqa: S101  (nobody else takes it)
    return run


def flops_share(seconds: float, parameters: TrainingParameters) -> float:
    """The arithmetic of a step a second, by that of a product of two large matrices."""
    from detectron2.utils.events import EventStorage

    from jobs.detection.inputs.batches import TrainingBatches
    from jobs.detection.inputs.dataset import TrainingMapper, records_of_split
    from jobs.detection.network.architectures import new_model

    document: dict[str, Any] = load("train13.json", "train")
    cfg = build_config(parameters, len(category_names(document)))
    model = new_model(cfg)
    load_default_weights(model, parameters.architecture, None)
    records = records_of_split(document, "train", path_of)
    batch = next(iter(TrainingBatches(records, TrainingMapper(cfg, parameters), parameters.batch_size, 1)))
    counting = {torch.ops.aten.convolution_backward: _backward_flops}
    with FlopCounterMode(display=False, custom_mapping=counting) as counter, EventStorage():
        sum(model.train()(batch).values()).backward()
    size = 2048
    one, other = torch.rand(size, size), torch.rand(size, size)
    times = []
    for _ in range(10):
        began = time.perf_counter()
        one @ other
        times.append(time.perf_counter() - began)
    return counter.get_total_flops() / seconds / (2 * size**3 / min(times))


def _backward_flops(
    grad: Sequence[int], inputs: Sequence[int], weight: Sequence[int], *rest: Any, **_named: Any
) -> int:
    """The gradients of a convolution's input and weight each take as much as the convolution itself.

    The counter's own formula takes the gradient of a depthwise weight for that of a dense one.
    """
    _bias, _stride, _padding, _dilation, transposed, _output_padding, _groups, wanted = rest[:8]
    return sum(wanted[:2]) * conv_flop_count(list(inputs), list(weight), list(grad), transposed)


def main() -> None:
    """``SIDE ITERATIONS``."""
    side, iterations = sys.argv[1], int(sys.argv[2])
    parameters = TrainingParameters(
        iterations=iterations + WARM + 1, checkpoint_period=100_000, validation_period=100_000
    )
    with tempfile.TemporaryDirectory() as folder:
        ends = {"plain": plain, "ours": ours, "validated": validated}[side](parameters, Path(folder))
    # The last iteration saves: it does not count.
    seconds = [later - earlier for earlier, later in zip(ends[WARM - 1 : -2], ends[WARM:-1], strict=True)]
    found = {"seconds": statistics.median(seconds)}
    if side == "ours":
        found["share"] = flops_share(found["seconds"], parameters)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
