"""What ``bench.accuracy`` says of one finished training, on the test photos."""

import numpy as np
from pycocotools import mask as coco_mask

from jobs.detection.evaluation.evaluator import Evaluation, judge, with_images_of
from jobs.detection.evaluation.matching import MatchedImage
from jobs.detection.job import CocoDocument
from webapp.contracts.score_thresholds import DEFAULT
from webapp.formats.found_object import FoundObject

SECOND = 0.5
"""Mask IoU from which another detection of its category lies on an object."""


def measured(
    document: CocoDocument, detections: dict[int, list[FoundObject]], thresholds: dict[str, float] | None
) -> dict[str, float]:
    """By metric. AP 0 to 100 of all detections; the others at ``thresholds``, those that the training advised."""
    names = [category["name"] for category in document["categories"]]
    at = thresholds or dict.fromkeys(names, DEFAULT)
    passing = {
        image_id: [each for each in found if each.score >= at[each.category]]
        for image_id, found in detections.items()
    }
    whole = judge(with_images_of(document, detections), "test", detections)
    counted = judge(with_images_of(document, detections), "test", passing).photos
    objects = sum(len(photo.objects) for photo in counted)
    found = sum(each.found_score is not None for photo in counted for each in photo.objects)
    false = sum(not each.right and not each.ignored for photo in counted for each in photo.detections)
    return {
        **_ap(whole),
        "found": found / objects,
        "false_alarms_a_photo": false / len(counted),
        "doubles": sum(_doubled(photo) for photo in counted) / objects,
    }


def _ap(evaluation: Evaluation) -> dict[str, float]:
    segm, bbox = evaluation.metrics["segm"], evaluation.metrics["bbox"]
    figures = {
        "segm_ap": segm["AP"],
        "segm_ap50": segm["AP50"],
        "segm_ap_small": segm["APs"],
        "bbox_ap": bbox["AP"],
    }
    return {name: value for name, value in figures.items() if value is not None}


def _doubled(photo: MatchedImage) -> int:
    """Objects on which more than one detection lies, of any category."""
    if not photo.objects or not photo.detections:
        return 0
    overlaps = coco_mask.iou(
        [each.found.segmentation for each in photo.detections],
        # pycocotools has replaced the annotation's segmentation by RLE.
        [each.annotation["segmentation"] for each in photo.objects],
        [0] * len(photo.objects),
    )
    return int(np.count_nonzero((np.asarray(overlaps) > SECOND).sum(axis=0) > 1))
