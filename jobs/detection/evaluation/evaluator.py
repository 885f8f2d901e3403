"""Tests trained weights on one split: COCO metrics, counts for each threshold, and every photo."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.detection.errors import WeightsRejected
from jobs.detection.evaluation import threshold_table
from jobs.detection.evaluation.coco_scores import Metrics, by_category, compare, metrics_of
from jobs.detection.evaluation.matching import IOU, MatchedImage, match
from jobs.detection.inputs.dataset import (
    InferenceMapper,
    category_names,
    records_of_split,
    refuse_missing_images,
)
from jobs.detection.inputs.images import read_image
from jobs.detection.job import CocoDocument, PathOf
from jobs.detection.network.loading import load_model
from jobs.detection.prediction.inference import detect
from webapp.formats.found_object import FoundObject


class EvaluationStopped(Exception):
    """The caller asked to stop before the last photo."""


@dataclass(frozen=True)
class Evaluation:
    """Result of a test."""

    metrics: Metrics
    summary: dict[str, Any]
    """As ``webapp.models.RunEvaluation.summary`` describes it."""
    photos: list[MatchedImage]


def evaluate_weights(
    weights: Path,
    document: CocoDocument,
    split: str,
    path_of: PathOf,
    *,
    device: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Evaluation | None:
    """Calls ``progress`` with (photos done, all photos). None for an empty split.

    Raises ``WeightsRejected``, ``ImageMissing``, ``ImageUnreadable``, ``EvaluationStopped``.
    """
    records = records_of_split(document, split, path_of)
    refuse_missing_images(records)
    if not records:
        return None
    loaded = load_model(weights, device=device)
    if loaded.metadata.categories != category_names(document):
        raise WeightsRejected("weights_other_categories", categories=loaded.metadata.categories)
    mapper = InferenceMapper(loaded.cfg)
    detections: dict[int, list[FoundObject]] = {}
    for done, record in enumerate(records):
        if should_stop is not None and should_stop():
            raise EvaluationStopped
        if progress is not None:
            progress(done, len(records))
        photo = read_image(record["path"])
        detections[record["image_id"]] = detect(loaded.model, mapper, photo, loaded.metadata.categories)
    if progress is not None:
        progress(len(records), len(records))
    return judge(document, split, detections)


def judge(document: CocoDocument, split: str, detections: dict[int, list[FoundObject]]) -> Evaluation:
    """Compares detections, by image id, with the labels of the split."""
    compared = compare(document, split, detections)
    photos = match(compared["segm"], detections)
    categories = by_category(document, compared)
    counts = threshold_table.counts(photos, len(categories))
    for number, category in enumerate(categories):
        rows = [step[number] for step in counts]
        category["objects"] = rows[0][0] + rows[0][2]
        category["best"] = threshold_table.best_step(rows)
    summary = {
        "iou": IOU,
        "photos": len(photos),
        "objects": sum(category["objects"] for category in categories),
        "categories": categories,
        "best": threshold_table.best_step([_total(step) for step in counts]),
        "counts": counts,
        "mistaken": threshold_table.mistaken(photos),
    }
    return Evaluation(metrics_of(document, compared), summary, photos)


def _total(step: list[list[int]]) -> list[int]:
    return functools.reduce(
        lambda sums, row: [a + b for a, b in zip(sums, row, strict=True)], step, [0, 0, 0]
    )
