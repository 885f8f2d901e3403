"""Tests trained weights on one split: COCO metrics, counts for each threshold, and every photo."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jobs.detection.errors import WeightsRejected
from jobs.detection.evaluation import threshold_table
from jobs.detection.evaluation.coco_scores import Metrics, by_category, compare, metrics_of
from jobs.detection.evaluation.intervals import EvaluationIntervals, intervals_of
from jobs.detection.evaluation.matching import IOU, MatchedImage, match
from jobs.detection.image_errors import of_image
from jobs.detection.inputs.dataset import (
    InferenceMapper,
    category_names,
    records_of_split,
)
from jobs.detection.inputs.images import read_image
from jobs.detection.job import CocoDocument, LeftOutImage, PathOf
from jobs.detection.network.loading import load_model
from jobs.detection.prediction.inference import detect, find_objects
from webapp.contracts.suppression import Suppression
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
    intervals: EvaluationIntervals


def evaluate_weights(
    weights: Path,
    document: CocoDocument,
    split: str,
    path_of: PathOf,
    *,
    suppression: Suppression | None,
    device: str | None = None,
    left_out: Callable[[LeftOutImage], None] = lambda image: None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Evaluation | None:
    """Calls ``progress`` with (photos done, all photos). None for an empty split, or one without a usable photo.

    ``left_out`` is called with each photo that cannot be used: the test is one of the others. Raises
    ``WeightsRejected``, ``EvaluationStopped``.
    """
    detections = detect_split(
        weights,
        document,
        split,
        path_of,
        suppression=suppression,
        device=device,
        left_out=left_out,
        progress=progress,
        should_stop=should_stop,
    )
    if not detections:
        return None
    judged = judge(with_images_of(document, detections), split, detections)
    judged.summary["suppression"] = suppression.to_json() if suppression else None
    return judged


def detect_split(
    weights: Path,
    document: CocoDocument,
    split: str,
    path_of: PathOf,
    *,
    suppression: Suppression | None,
    device: str | None = None,
    left_out: Callable[[LeftOutImage], None] = lambda image: None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[int, list[FoundObject]]:
    """What is found on each photo of a split that can be used, by image id; otherwise as ``evaluate_weights``."""
    records = records_of_split(document, split, path_of)
    if not records:
        return {}
    loaded = load_model(weights, device=device)
    if loaded.metadata.categories != category_names(document):
        raise WeightsRejected("weights_other_categories", categories=loaded.metadata.categories)
    mapper = InferenceMapper(loaded.cfg)

    def network(photo: np.ndarray) -> list[FoundObject]:
        return detect(loaded.model, mapper, photo, loaded.metadata.categories, loaded.metadata.boxes)

    detections: dict[int, list[FoundObject]] = {}
    for done, record in enumerate(records):
        if should_stop is not None and should_stop():
            raise EvaluationStopped
        if progress is not None:
            progress(done, len(records))
        try:
            found = find_objects(network, read_image(record["path"]), suppression)
        except Exception as error:
            left_out(LeftOutImage(record["file_name"], split, of_image(error, record["file_name"])))
        else:
            detections[record["image_id"]] = found
    if progress is not None:
        progress(len(records), len(records))
    return detections


def with_images_of(document: CocoDocument, detections: dict[int, list[FoundObject]]) -> CocoDocument:
    """The document with those of its photos that were looked at."""
    return document | {"images": [image for image in document["images"] if image["id"] in detections]}


def judge(document: CocoDocument, split: str, detections: dict[int, list[FoundObject]]) -> Evaluation:
    """Compares detections, by image id, with the labels of the split."""
    compared = compare(document, split, detections)
    photos = match(compared["segm"], detections)
    intervals = intervals_of(document, compared, photos)
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
        "best": threshold_table.best_step([threshold_table.total(step) for step in counts]),
        "counts": counts,
        "mistaken": threshold_table.mistaken(photos),
        "intervals": intervals.by_threshold,
    }
    return Evaluation(metrics_of(document, compared), summary, photos, intervals)
