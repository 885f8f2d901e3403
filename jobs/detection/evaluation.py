"""Average precision of trained weights on one split, by COCO's rules (https://cocodataset.org/#detection-
eval).
"""

import contextlib
import io
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detectron2.data import MetadataCatalog
from detectron2.evaluation import COCOEvaluator

from jobs.detection.dataset import (
    InferenceMapper,
    category_names,
    class_numbers,
    records_of_split,
    refuse_missing_photos,
)
from jobs.detection.errors import WeightsRejected
from jobs.detection.inference import RawDetection, detect
from jobs.detection.job import CocoDocument, PathOf
from jobs.detection.loading import load_model
from jobs.detection.photos import read_photo

Metrics = dict[str, dict[str, float | None]]
"""``bbox`` and ``segm``, each with AP, AP50, AP75, APs, APm, APl and ``AP-<category>``: 0 to 100.

None where there is nothing to measure, a category without objects in the split for instance.
"""

_TASKS = ("bbox", "segm")
_OVERALL = ("AP", "AP50", "AP75", "APs", "APm", "APl")


class EvaluationStopped(Exception):
    """The caller asked to stop before the last photo."""


def evaluate_weights(
    weights: Path,
    document: CocoDocument,
    split: str,
    path_of: PathOf,
    *,
    device: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Metrics:
    """``progress`` hears (photos done, all photos). An empty split gives {}.

    Raises ``WeightsRejected``, ``PhotoMissing``, ``PhotoUnreadable``, ``EvaluationStopped``.
    """
    records = records_of_split(document, split, path_of)
    refuse_missing_photos(records)
    if not records:
        return {}
    loaded = load_model(weights, device=device)
    if loaded.metadata.categories != category_names(document):
        raise WeightsRejected("weights_other_categories", categories=loaded.metadata.categories)
    mapper = InferenceMapper(loaded.cfg)
    detections: dict[int, list[RawDetection]] = {}
    for done, record in enumerate(records):
        if should_stop is not None and should_stop():
            raise EvaluationStopped
        if progress is not None:
            progress(done, len(records))
        detections[record["image_id"]] = detect(loaded.model, mapper, read_photo(record["path"]))
    if progress is not None:
        progress(len(records), len(records))
    return score(document, split, detections)


def score(document: CocoDocument, split: str, detections: dict[int, list[RawDetection]]) -> Metrics:
    """Compares detections, by image id, with the labels of the split."""
    truth = ground_truth(document, split)
    categories = category_names(document)
    if not any(detections.values()):
        return {task: _nothing_found(truth, document) for task in _TASKS}
    with tempfile.TemporaryDirectory() as folder:
        found = _evaluate(truth, document, detections, Path(folder))
    return {task: _plain(found[task], categories) for task in _TASKS}


def ground_truth(document: CocoDocument, split: str) -> dict[str, Any]:
    """The part of the document that pycocotools reads: only this split, every field that it needs."""
    images = [image for image in document["images"] if image["split"] == split]
    ids = {image["id"] for image in images}
    annotations = [
        {
            **annotation,
            "iscrowd": int(bool(annotation.get("iscrowd", 0))),
            "area": annotation.get("area") or annotation["bbox"][2] * annotation["bbox"][3],
        }
        for annotation in document["annotations"]
        if annotation["image_id"] in ids
    ]
    return {
        "info": {},
        "images": images,
        "annotations": annotations,
        "categories": document["categories"],
    }


class _OnePhotoAtATime(COCOEvaluator):
    """Takes results that are COCO entries already, not tensors with one full-size mask a detection."""

    def process(self, inputs: list[dict], outputs: list[list[dict]]) -> None:
        self._predictions += [
            {"image_id": photo["image_id"], "instances": found}
            for photo, found in zip(inputs, outputs, strict=True)
        ]


def _evaluate(
    truth: dict[str, Any],
    document: CocoDocument,
    detections: dict[int, list[RawDetection]],
    folder: Path,
) -> dict[str, dict[str, float]]:
    """Detectron2's results by task.

    Its evaluator wants a file and a registered name; both last for the call.
    """
    file = folder / "truth.json"
    file.write_text(json.dumps(truth))
    name = str(folder)
    MetadataCatalog.get(name).set(
        json_file=str(file),
        thing_classes=category_names(document),
        thing_dataset_id_to_contiguous_id=class_numbers(document),
    )
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints tables
            evaluator = _OnePhotoAtATime(name, _TASKS, distributed=False, use_fast_impl=False)
            evaluator.reset()
            for image_id, found in detections.items():
                evaluator.process([{"image_id": image_id}], [[_entry(image_id, each) for each in found]])
            return evaluator.evaluate()
    finally:
        MetadataCatalog.pop(name)


def _entry(image_id: int, found: RawDetection) -> dict[str, Any]:
    return {
        "image_id": image_id,
        "category_id": found.class_number,
        "bbox": list(found.bbox),
        "score": found.score,
        "segmentation": found.segmentation,
    }


def _plain(found: dict[str, float], categories: list[str]) -> dict[str, float | None]:
    if len(categories) == 1:  # Detectron2 leaves the only category out
        found = {**found, f"AP-{categories[0]}": found["AP"]}
    return {name: None if math.isnan(value) else float(value) for name, value in found.items()}


def _nothing_found(truth: dict[str, Any], document: CocoDocument) -> dict[str, float | None]:
    """Without a single detection pycocotools gives no numbers; everything that could be found counts 0."""
    real = [annotation for annotation in truth["annotations"] if not annotation["iscrowd"]]
    labelled = {annotation["category_id"] for annotation in real}
    metrics: dict[str, float | None] = dict.fromkeys(_OVERALL, 0.0 if real else None)
    for size, (low, high) in {"APs": (0, 32**2), "APm": (32**2, 96**2), "APl": (96**2, 1e10)}.items():
        if not any(low <= annotation["area"] <= high for annotation in real):
            metrics[size] = None
    for category in document["categories"]:
        metrics[f"AP-{category['name']}"] = 0.0 if category["id"] in labelled else None
    return metrics
