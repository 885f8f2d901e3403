"""Average precision by COCO's rules (https://cocodataset.org/#detection-eval), computed by pycocotools itself."""

import contextlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from jobs.detection.inputs.dataset import category_names
from jobs.detection.job import CocoDocument
from webapp.formats.found_object import FoundObject

Metrics = dict[str, dict[str, float | None]]
"""``bbox`` and ``segm``, each with AP, AP50, AP75, APs, APm, APl and ``AP-<category>``: 0 to 100.

None if there is nothing to measure, such as a category without objects in the split.
"""

TASKS = ("bbox", "segm")
OVERALL = ("AP", "AP50", "AP75", "APs", "APm", "APl")
IOU_50, IOU_75 = 0, 5
"""Places of 0.50 and 0.75 among pycocotools' ten thresholds of overlap."""


def compare(
    document: CocoDocument,
    split: str,
    detections: dict[int, list[FoundObject]],
    tasks: Sequence[str] = TASKS,
) -> dict[str, COCOeval]:
    """pycocotools' comparison for each of ``tasks``, its ``stats`` and ``eval`` filled.

    Results have the ids 1, 2, ... in the order of ``detections``, labels in the order of the document.
    """
    truth = ground_truth(document, split)
    return {task: _compare(truth, _results(document, detections, task), task) for task in tasks}


def ground_truth(document: CocoDocument, split: str) -> dict[str, Any]:
    """The part of the document that pycocotools reads: only this split, every field that it needs."""
    images = [image for image in document["images"] if image["split"] == split]
    ids = {image["id"] for image in images}
    annotations = (each for each in document["annotations"] if each["image_id"] in ids)
    return {
        "info": {},
        "images": images,
        "annotations": [
            {
                **annotation,
                # Renumbered from 1: pycocotools treats an object with id 0 as not found.
                "id": number,
                "iscrowd": int(bool(annotation.get("iscrowd", 0))),
                "area": annotation.get("area") or annotation["bbox"][2] * annotation["bbox"][3],
            }
            for number, annotation in enumerate(annotations, start=1)
        ],
        "categories": document["categories"],
    }


def _results(
    document: CocoDocument, detections: dict[int, list[FoundObject]], task: str
) -> list[dict[str, Any]]:
    category_ids = {category["name"]: category["id"] for category in document["categories"]}
    return [
        {
            "image_id": image_id,
            "category_id": category_ids[found.category],
            "score": found.score,
            **({"bbox": list(found.bbox)} if task == "bbox" else {"segmentation": dict(found.segmentation)}),
        }
        for image_id, each in detections.items()
        for found in each
    ]


def _compare(truth: dict[str, Any], results: list[dict[str, Any]], task: str) -> COCOeval:
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints tables
        coco = _index({**truth, "annotations": [dict(each) for each in truth["annotations"]]})
        # loadRes refuses an empty list; without a result everything that could be found counts 0.
        found = coco.loadRes(results) if results else _index({**truth, "annotations": []})
        comparison = COCOeval(coco, found, task)
        comparison.evaluate()
        comparison.accumulate()
        comparison.summarize()
    return comparison


def _index(dataset: dict[str, Any]) -> COCO:
    coco = COCO()
    coco.dataset = dataset
    coco.createIndex()
    return coco


def metrics_of(document: CocoDocument, compared: dict[str, COCOeval]) -> Metrics:
    """The figures under the names of Detectron2's evaluator."""
    names = category_names(document)
    metrics: Metrics = {}
    for task, comparison in compared.items():
        overall = {name: percent([value]) for name, value in zip(OVERALL, comparison.stats[:6], strict=True)}
        precision = comparison.eval["precision"][:, :, :, 0, -1]
        by_category = {f"AP-{name}": percent(precision[:, :, number]) for number, name in enumerate(names)}
        metrics[task] = overall | by_category
    return metrics


def by_category(document: CocoDocument, compared: dict[str, COCOeval]) -> list[dict[str, Any]]:
    """For each category its name, AP, AP50 and AP75 of boxes and masks, and its precision-recall curve.

    ``precision`` has 101 values from 0 to 1, of masks that overlap by half, at the recalls 0.00 to 1.00; None
    for a category without objects.
    """
    rows = []
    for number, name in enumerate(category_names(document)):
        row: dict[str, Any] = {"name": name}
        for task, comparison in compared.items():
            precision = comparison.eval["precision"][:, :, number, 0, -1]
            row[task] = {
                "AP": percent(precision),
                "AP50": percent(precision[IOU_50]),
                "AP75": percent(precision[IOU_75]),
            }
        curve = compared["segm"].eval["precision"][IOU_50, :, number, 0, -1]
        row["precision"] = None if curve[0] < 0 else [round(float(value), 4) for value in curve]
        rows.append(row)
    return rows


def percent(precision: np.ndarray | Iterable[float]) -> float | None:
    """The mean, 0 to 100; None where pycocotools has put -1 for «nothing to measure» everywhere."""
    values = np.asarray(precision)
    measured = values[values > -1]
    return float(100 * measured.mean()) if measured.size else None
