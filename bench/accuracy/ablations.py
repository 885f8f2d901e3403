"""What each way of training adds: ``python -m bench.accuracy.ablations --data NAME [--iterations N] [WAY …]``.

Trains with the defaults for this data, then with one thing changed at a time, and judges each on a third of the
learning part, whole groups, that is kept back; the set's own test photos are not looked at. By the clock, nothing else
may run on the machine; with a number of iterations the load does not matter, but a way that makes them slower gets
more time than the others. Results are kept in ``RESULTS`` and not measured again.

Needs ``bin/setup`` and the shared data (``SHARED_DATA``).
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from detectron2.config import CfgNode
from torch import nn
from torch.optim.swa_utils import AveragedModel

from bench.accuracy import data
from bench.accuracy.measures import measured
from bench.common.report import report
from bench.fruits_nuts import Progress
from jobs.detection.evaluation.evaluator import detect_split
from jobs.detection.inputs.batches import TrainingBatches
from jobs.detection.job import CocoDocument, TrainingJob
from jobs.detection.network import architectures
from jobs.detection.training import trainer
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.suppression import Suppression
from webapp.contracts.training_defaults import defaults_for, facts_of
from webapp.contracts.training_parameters import Optimizer, Schedule, TrainingParameters

RESULTS = Path(os.environ.get("RESULTS", "bench-accuracy")) / "ablations"
KEPT_BACK = 3
"""One of so many photos of the learning part judges."""
FIGURES = ("segm_ap", "segm_ap50", "segm_ap_small", "bbox_ap")


@dataclass(frozen=True)
class Way:
    """One thing that is changed."""

    parameters: dict[str, Any] = field(default_factory=dict)
    configure: Callable[[CfgNode], None] | None = None
    """Changes Detectron2's configuration."""
    code: Callable[[], Any] | None = None
    """A context in which the engine does it another way."""


def _giou(cfg: CfgNode) -> None:
    cfg.MODEL.ROI_BOX_HEAD.BBOX_REG_LOSS_TYPE = "giou"
    cfg.MODEL.ROI_BOX_HEAD.BBOX_REG_LOSS_WEIGHT = 10.0


def _more_positives(cfg: CfgNode) -> None:
    cfg.MODEL.RPN.IOU_THRESHOLDS = [0.3, 0.5]
    cfg.MODEL.ROI_HEADS.IOU_THRESHOLDS = [0.4]


def _fine_masks(cfg: CfgNode) -> None:
    cfg.MODEL.ROI_MASK_HEAD.POOLER_RESOLUTION = 28


@contextmanager
def _averaged() -> Iterator[None]:
    """The exponential moving average of the weights is what is saved; ``decay`` rises to 0.99."""
    averages: list[AveragedModel] = []

    def decayed(averaged: Any, now: Any, count: torch.Tensor | int) -> None:
        done = int(count)
        torch._foreach_lerp_(averaged, now, 1 - min(0.99, (1 + done) / (10 + done)))

    def new_model(cfg: CfgNode) -> nn.Module:
        model = made(cfg)
        averages.append(AveragedModel(model, multi_avg_fn=decayed))
        return model

    def new_optimizer(cfg: CfgNode, parameters: Any, model: nn.Module) -> Any:
        optimizer = optimizer_of(cfg, parameters, model)
        optimizer.register_step_post_hook(lambda *_: averages[0].update_parameters(model))
        return optimizer

    def save_weights(_model: nn.Module, path: Path, metadata: Any) -> None:
        save(averages[0].module, path, metadata)

    made, optimizer_of, save = trainer.new_model, trainer.new_optimizer, trainer.save_weights
    with (
        patch.object(trainer, "new_model", new_model),
        patch.object(trainer, "new_optimizer", new_optimizer),
        patch.object(trainer, "save_weights", save_weights),
    ):
        yield


@contextmanager
def _balanced() -> Iterator[None]:
    """Photos with rare categories come more often (LVIS, arXiv:1908.03195, appendix B.2; threshold 0.3)."""
    # detectron2.data needs what jobs.detection adds to Pillow first.
    from detectron2.data.samplers import RepeatFactorTrainingSampler

    def order(self: TrainingBatches, epoch: int) -> np.ndarray:
        factors = RepeatFactorTrainingSampler.repeat_factors_from_category_frequency(self._records, 0.3)
        shares = factors.numpy() / factors.sum().item()
        rng = np.random.default_rng([self._seed, epoch])
        return rng.choice(len(self._records), len(self._records), p=shares)

    with patch.object(TrainingBatches, "_order", order):
        yield


WAYS = {
    "as_proposed": Way(),
    "averaged_weights": Way(code=_averaged),
    "giou": Way(configure=_giou),
    "more_positives": Way(configure=_more_positives),
    "masks_of_56": Way(configure=_fine_masks),
    "copy_paste_50": Way({"copy_paste": 50}),
    "light_20": Way({"brightness": 20, "contrast": 20}),
    "frozen_stages_2": Way({"frozen_stages": 2}),
    "batch_of_4": Way({"batch_size": 4}),
    "balanced": Way(code=_balanced),
    "no_scale_jitter": Way({"scale_jitter": 0}),
    "whole_photos": Way({"window_size": 0}),
    "smallest_anchor_32": Way({"anchor_size": 32}),
    "sgd_step": Way({"optimizer": Optimizer.SGD, "learning_rate": 0.005, "schedule": Schedule.STEP}),
    "size_320": Way({"image_size": 320, "window_size": 0}),
}


def measure(name: str, seed: int, length: dict[str, float], way: Way) -> dict[str, float]:
    """Figures on the photos that are kept back, and the iterations; ``length`` is the parameter that bounds them."""
    document, path_of = data.load(name, seed)
    _keep_back(document, data.SETS[name].group_of)
    proposed = defaults_for(facts_of(document))
    parameters = proposed.model_copy(
        update={"seed": seed, "time_budget_minutes": 0.0, **length, **way.parameters}
    )
    with ExitStack() as changed, tempfile.TemporaryDirectory() as folder:
        if way.configure is not None:
            configure, solve = way.configure, architectures._solver

            def solver(cfg: CfgNode, parameters: TrainingParameters) -> None:
                solve(cfg, parameters)
                configure(cfg)

            # The last step of the configuration, for training and prediction alike.
            changed.enter_context(patch.object(architectures, "_solver", solver))
        if way.code is not None:
            changed.enter_context(way.code())
        job = TrainingJob(parameters, document, path_of, Path(folder), device="cpu")
        outcome = trainer.train(job, Progress())
        found = detect_split(
            outcome.weights, document, "test", path_of, suppression=Suppression(), device="cpu"
        )
    figures = measured(document, found, None)
    return {name: figures[name] for name in FIGURES if name in figures} | {
        "iterations": float(outcome.iterations)
    }


def _keep_back(document: CocoDocument, group_of: Callable[[str], str]) -> None:
    """The set's test photos go, a third of the others becomes the test; all the rest is learnt from."""
    document["images"] = [image for image in document["images"] if image["split"] != "test"]
    kept = {image["id"] for image in document["images"]}
    document["annotations"] = [each for each in document["annotations"] if each["image_id"] in kept]
    groups = sorted({group_of(image["file_name"]) for image in document["images"]})
    back = set(groups[::KEPT_BACK])
    for image in document["images"]:
        image["split"] = "test" if group_of(image["file_name"]) in back else "train"


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench.accuracy.ablations", description=__doc__)
    parser.add_argument("--data", choices=data.NAMES, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--iterations", type=int, default=0)
    parser.add_argument("ways", nargs="*", metavar="WAY", help=", ".join(WAYS))
    asked = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    first: dict[str, float] = {}
    length: dict[str, float] = {"time_budget_minutes": asked.minutes}
    if asked.iterations:
        length = {"iterations": asked.iterations}
    [(bound, amount)] = length.items()
    for way in asked.ways or WAYS:
        kept = RESULTS / f"{asked.data}-{way}-{amount:g}-{bound}-{asked.seed}.json"
        if not kept.is_file():
            with atomic_path(kept) as unfinished:
                unfinished.write_text(json.dumps(measure(asked.data, asked.seed, length, WAYS[way])))
        figures = json.loads(kept.read_text())
        first = first or figures
        for metric, value in figures.items():
            report(f"{asked.data}_{way}_{metric}", value, "", first.get(metric))


if __name__ == "__main__":
    main()
