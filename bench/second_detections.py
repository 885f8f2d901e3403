"""What suppression by mask, advised thresholds and boxes around masks change: ``python -m bench.second_detections``.

The argument is ``fruits_nuts`` (default) or ``bsdata``, of the shared data. Of the training photos every fourth one is
for validation, which advises; the other photos of the set are for the test. ITERATIONS and
IMAGE_SIZE in the environment: 250 and 320 px by default.

Needs ``bin/setup``.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.common.report import report
from bench.common.shared_data import data_folder
from bench.fruits_nuts import Progress
from jobs.detection.evaluation.advice import advise
from jobs.detection.evaluation.evaluator import Evaluation, detect_split, judge
from jobs.detection.job import CocoDocument, TrainingJob
from jobs.detection.prediction.suppression import suppress
from jobs.detection.training.trainer import train
from webapp.contracts.score_thresholds import DEFAULT, STEPS
from webapp.contracts.suppression import Suppression
from webapp.contracts.training_parameters import TrainingParameters

FILES = {
    "fruits_nuts": ("train13.json", "heldback5.json", "data/images", "data/images"),
    "bsdata": ("train/annotations_coco.json", "val/annotations_coco.json", "train/images", "val/images"),
}
"""Labels for training and test, and the folders of their photos."""
VALIDATION_EVERY = 4


def document_of(name: str) -> tuple[CocoDocument, Callable[[dict[str, Any]], Path]]:
    """The set as a dataset version, and where its photos are."""
    training, test, *folders = FILES[name]
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for labels, folder in zip((training, test), folders, strict=True):
        whole = json.loads((data_folder(name) / labels).read_text())
        offset = len(images)
        number = {image["id"]: offset + place for place, image in enumerate(whole["images"])}
        for place, image in enumerate(whole["images"]):
            split = "test" if labels == test else "train" if place % VALIDATION_EVERY else "validation"
            path = str(data_folder(name) / folder / image["file_name"])
            images.append(image | {"id": number[image["id"]], "split": split, "path": path})
        annotations += [each | {"image_id": number[each["image_id"]]} for each in whole["annotations"]]
        categories = whole["categories"]
    document = {"images": images, "annotations": annotations, "categories": categories}
    return document, lambda image: Path(image["path"])


def counted(evaluation: Evaluation, thresholds: dict[str, float]) -> tuple[int, int, int]:
    """Objects found, false alarms and objects at these thresholds."""
    rows = [
        evaluation.summary["counts"][round(thresholds[category["name"]] * STEPS)][place]
        for place, category in enumerate(evaluation.summary["categories"])
    ]
    found, false, missed = (sum(row[place] for row in rows) for place in range(3))
    return found, false, found + missed


def main() -> None:
    """Prints found objects, false alarms and AP on the test photos without and with each of the three."""
    name = sys.argv[1] if len(sys.argv) > 1 else "fruits_nuts"
    document, path_of = document_of(name)
    with tempfile.TemporaryDirectory() as folder:
        parameters = TrainingParameters(
            iterations=int(os.environ.get("ITERATIONS", "250")),
            image_size=int(os.environ.get("IMAGE_SIZE", "320")),
        )
        weights = train(
            TrainingJob(parameters, document, path_of, Path(folder), device="cpu"), Progress()
        ).weights
        plain = detect_split(weights, document, "test", path_of, suppression=None, device="cpu")
        began = time.perf_counter()
        advice = advise(weights, document, path_of, suppression=Suppression(), device="cpu")
        report("advice_seconds", time.perf_counter() - began, "s")
        better_boxes = detect_split(weights, document, "test", path_of, suppression=None, device="cpu")
    began = time.perf_counter()
    once = {image_id: suppress(found, Suppression()) for image_id, found in plain.items()}
    report("suppression_ms_per_photo", 1000 * (time.perf_counter() - began) / len(plain), "ms")
    report("detections", sum(map(len, plain.values())), "above 0.05")
    report("second_detections", sum(len(plain[each]) - len(once[each]) for each in plain), "of these")
    judged = {"plain": judge(document, "test", plain), "once": judge(document, "test", once)}
    names = [category["name"] for category in judged["plain"].summary["categories"]]
    half = dict.fromkeys(names, DEFAULT)
    for label, evaluation in judged.items():
        for at, thresholds in (("half", half), ("advised", advice.thresholds or half)):
            found, false, objects = counted(evaluation, thresholds)
            report(f"found_{label}_{at}", found, f"of {objects}")
            report(f"false_alarms_{label}_{at}", false, "detections")
        for task in ("segm", "bbox"):
            report(f"{task}_ap_{label}", evaluation.metrics[task]["AP"] or 0.0, "AP")
    boxes = judge(document, "test", better_boxes).metrics["bbox"]
    report("mask_share", advice.mask_share or 0.0, "chosen on validation")
    report("bbox_ap_with_the_chosen_box", boxes["AP"] or 0.0, "AP", judged["plain"].metrics["bbox"]["AP"])
    print(json.dumps({"advised": advice.thresholds}, ensure_ascii=False))


if __name__ == "__main__":
    main()
