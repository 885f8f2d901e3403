"""The two trainings that ``bench.accuracy`` compares: the product's, and Detectron2's own trainer."""

import itertools
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detectron2.data import DatasetCatalog
from detectron2.data.datasets import load_coco_json
from detectron2.engine import DefaultTrainer, HookBase
from detectron2.modeling import GeneralizedRCNN
from detectron2.utils.events import CommonMetricPrinter, JSONWriter

from bench.accuracy.data import load
from bench.accuracy.measures import measured
from bench.fruits_nuts import Progress
from jobs.detection.evaluation.advice import advise
from jobs.detection.evaluation.evaluator import detect_split
from jobs.detection.inputs.dataset import category_names
from jobs.detection.job import CocoDocument, PathOf, TrainingJob
from jobs.detection.network.architectures import build_config, load_default_weights
from jobs.detection.network.weights import save_weights
from jobs.detection.training.trainer import train
from webapp.contracts.suppression import Suppression
from webapp.contracts.training_defaults import defaults_for, facts_of
from webapp.contracts.training_parameters import TrainingParameters
from webapp.formats.weights_metadata import WeightsMetadata

PACE = 5
"""Iterations from which the pace of Detectron2's trainer is taken."""


def ours(name: str, seed: int, minutes: float, kept: Path) -> dict[str, float]:
    """Trains with the defaults for this data and as many iterations as fit into ``minutes``; keeps the weights."""
    document, path_of = load(name, seed)
    return _trained(document, path_of, defaults_for(facts_of(document)), seed, minutes, kept)


def first(name: str, seed: int, minutes: float, kept: Path) -> dict[str, float]:
    """The same with the defaults of the product's first version, which were the same for all data."""
    document, path_of = load(name, seed)
    return _trained(document, path_of, TrainingParameters(), seed, minutes, kept)


def _trained(
    document: CocoDocument,
    path_of: PathOf,
    defaults: TrainingParameters,
    seed: int,
    minutes: float,
    kept: Path,
) -> dict[str, float]:
    parameters = defaults.model_copy(update={"seed": seed, "time_budget_minutes": minutes})
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        outcome = train(TrainingJob(parameters, document, path_of, Path(folder), device="cpu"), Progress())
        timing = {"training_seconds": time.monotonic() - began, "iterations": float(outcome.iterations)}
        figures = timing | _judged(outcome.weights, document, path_of)
        shutil.copyfile(outcome.weights, kept)
        return figures


def plain(name: str, seed: int, minutes: float, kept: Path) -> dict[str, float]:
    """Detectron2's ``DefaultTrainer``: its photo sizes, mirror images, SGD and steps, scaled to the minutes."""
    document, path_of = load(name, seed)
    parameters = TrainingParameters(
        seed=seed, image_size=800, optimizer="sgd", learning_rate=0.0025, schedule="step", iterations=PACE
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _, pace = _trained_plainly(parameters, document, path_of, place / "pace")
        iterations = max(2, int(60 * minutes / pace))
        parameters = parameters.model_copy(update={"iterations": iterations})
        began = time.monotonic()
        model, _ = _trained_plainly(parameters, document, path_of, place / "whole")
        timing = {"training_seconds": time.monotonic() - began, "iterations": float(iterations)}
        weights = place / "weights.safetensors"
        metadata = WeightsMetadata(
            architecture=parameters.architecture.value,
            categories=category_names(document),
            parameters=parameters.model_dump(mode="json"),
            dataset_version="",
            iteration=iterations,
        )
        save_weights(model, weights, metadata)
        figures = timing | _judged(weights, document, path_of)
        shutil.copyfile(weights, kept)
        return figures


def _trained_plainly(
    parameters: TrainingParameters, document: CocoDocument, path_of: PathOf, folder: Path
) -> tuple[GeneralizedRCNN, float]:
    """The trained model, and the median of the seconds that an iteration took."""
    folder.mkdir()
    images = [
        image | {"file_name": str(path_of(image).resolve())}
        for image in document["images"]
        if image["split"] == "train"
    ]
    known = {image["id"] for image in images}
    annotations = [{"iscrowd": 0, **each} for each in document["annotations"] if each["image_id"] in known]
    labels = folder / "train.json"
    labels.write_text(json.dumps(document | {"images": images, "annotations": annotations}))
    registered = str(labels)
    DatasetCatalog.register(registered, lambda: load_coco_json(str(labels), "", registered))
    cfg = build_config(parameters, len(document["categories"]))
    cfg.DATASETS.TRAIN, cfg.DATASETS.TEST = (registered,), ()
    cfg.OUTPUT_DIR, cfg.SEED = str(folder), parameters.seed
    ends: list[float] = []

    class NoteStart(HookBase):
        def before_step(self) -> None:
            ends.append(time.perf_counter())

    class WithoutTensorboard(DefaultTrainer):
        def build_writers(self) -> list[Any]:
            return [CommonMetricPrinter(self.max_iter), JSONWriter(str(folder / "metrics.json"))]

    trainer = WithoutTensorboard(cfg)
    load_default_weights(trainer.model, parameters.architecture, None)
    trainer.register_hooks([NoteStart()])
    trainer.train()
    return trainer.model, statistics.median(b - a for a, b in itertools.pairwise(ends))


def _judged(weights: Path, document: CocoDocument, path_of: PathOf) -> dict[str, float]:
    """The figures on the test photos, at the thresholds that the validation photos advise."""
    advice = advise(weights, document, path_of, suppression=Suppression(), device="cpu")
    began = time.monotonic()
    detections = detect_split(weights, document, "test", path_of, suppression=Suppression(), device="cpu")
    seconds = (time.monotonic() - began) / len(detections)
    return measured(document, detections, advice.thresholds) | {"seconds_a_photo": seconds}


SIDES: dict[str, Callable[[str, int, float, Path], dict[str, float]]] = {
    "ours": ours,
    "first": first,
    "plain": plain,
}
