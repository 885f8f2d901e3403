"""Matches of detections and objects on each photo, by pycocotools at a mask IoU of 0.5."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.cocoeval import COCOeval

from jobs.detection.evaluation.coco_scores import IOU_50
from webapp.formats.found_object import FoundObject

IOU = 0.5
"""Mask IoU from which an object counts as found."""


@dataclass
class MatchedObject:
    """A labelled object; ``found_score`` is the score of the matching detection, None without one."""

    category: int
    """Class number."""
    annotation: dict[str, Any]
    found_score: float | None = None


@dataclass
class MatchedDetection:
    """A detection; ``right`` if it matches an object. ``ignored``: it lies in a crowd and does not count."""

    category: int
    """Class number."""
    found: FoundObject
    right: bool = False
    ignored: bool = False
    lies_on: list[int] = field(default_factory=list)
    """For a false detection, indexes of overlapping objects of other categories, the largest overlap first."""


@dataclass
class MatchedImage:
    """Labels and detections of a photo; detections best first."""

    image: dict[str, Any]
    """Its entry of the dataset version."""
    objects: list[MatchedObject]
    detections: list[MatchedDetection]


def match(comparison: COCOeval, detections: dict[int, list[FoundObject]]) -> list[MatchedImage]:
    """``comparison`` is that of the masks, by ``coco_scores.compare`` of the same detections.

    A match depends only on detections with a higher score. So at any threshold an object is found if its
    ``found_score`` reaches it, without matching again.
    """
    results = [found for each in detections.values() for found in each]
    numbers = {category_id: number for number, category_id in enumerate(comparison.params.catIds)}
    by_photo: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for entry in comparison.evalImgs:
        if entry is not None and entry["aRng"] == comparison.params.areaRng[0]:
            by_photo[entry["image_id"]].append(entry)
    return [
        _photo(comparison, image, by_photo[image["id"]], results, numbers)
        for image in comparison.cocoGt.dataset["images"]
    ]


def _photo(
    comparison: COCOeval,
    image: dict[str, Any],
    entries: list[dict[str, Any]],
    results: list[FoundObject],
    numbers: dict[int, int],
) -> MatchedImage:
    objects: dict[int, MatchedObject] = {}
    detections: list[MatchedDetection] = []
    for entry in entries:
        scores = dict(zip(entry["dtIds"], entry["dtScores"], strict=True))
        for place, annotation_id in enumerate(entry["gtIds"]):
            if entry["gtIgnore"][place]:
                continue
            found_by = int(entry["gtMatches"][IOU_50, place])
            objects[annotation_id] = MatchedObject(
                numbers[entry["category_id"]],
                comparison.cocoGt.anns[annotation_id],
                scores[found_by] if found_by else None,
            )
        for place, result_id in enumerate(entry["dtIds"]):
            ignored = bool(entry["dtIgnore"][IOU_50, place])
            right = bool(entry["dtMatches"][IOU_50, place]) and not ignored
            category = numbers[entry["category_id"]]
            detections.append(MatchedDetection(category, results[result_id - 1], right, ignored))
    photo = MatchedImage(
        image, list(objects.values()), sorted(detections, key=lambda each: -each.found.score)
    )
    _note_mistaken(photo)
    return photo


def _note_mistaken(photo: MatchedImage) -> None:
    """Find the objects of other categories that false detections overlap."""
    false = [each for each in photo.detections if not each.right and not each.ignored]
    if not false or not photo.objects:
        return
    # pycocotools has replaced the annotation's segmentation by RLE.
    overlaps = coco_mask.iou(
        [each.found.segmentation for each in false],
        [each.annotation["segmentation"] for each in photo.objects],
        [0] * len(photo.objects),
    )
    for detection, row in zip(false, overlaps, strict=True):
        order = np.argsort(-row, kind="stable")
        detection.lies_on = [
            int(place)
            for place in order
            if row[place] >= IOU and photo.objects[place].category != detection.category
        ]
