"""A test of many photos with rectangles, half of them found."""

from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from webapp.formats.found_object import FoundObject
from webapp.formats.masks.segmentation import Rle

SIDE = 1000
OBJECTS = 5
CATEGORIES = ("scratch", "dent", "pore")

Detections = dict[int, list[FoundObject]]


def document_and_detections(photos: int, detections: int) -> tuple[dict[str, Any], Detections]:
    """A COCO document with OBJECTS objects on each photo, and as many detections."""
    random = np.random.default_rng(7)
    document: dict[str, Any] = {
        "images": [
            {"id": number, "file_name": f"{number}.png", "width": SIDE, "height": SIDE, "split": "test"}
            for number in range(1, photos + 1)
        ],
        "annotations": [],
        "categories": [{"id": number + 1, "name": name} for number, name in enumerate(CATEGORIES)],
    }
    found: Detections = {}
    for image in document["images"]:
        found[image["id"]] = []
        for number in range(detections):
            width, height = (int(each) for each in random.integers(20, 120, 2))
            x, y = (int(each) for each in random.integers(0, SIDE - 150, 2))
            category = int(random.integers(0, len(CATEGORIES)))
            if number < OBJECTS:
                document["annotations"].append(_label(image["id"], category, (x, y, width, height)))
            moved = (x + int(random.integers(0, 1 + width // 4)), y, width, height)
            found[image["id"]].append(_detection(category, float(random.random()), moved))
    return document, found


def _label(image_id: int, category: int, box: tuple[int, int, int, int]) -> dict[str, Any]:
    x, y, width, height = box
    return {
        "image_id": image_id,
        "category_id": category + 1,
        "bbox": list(map(float, box)),
        "area": float(width * height),
        "segmentation": [[x, y, x + width, y, x + width, y + height, x, y + height]],
        "iscrowd": 0,
    }


def _detection(category: int, score: float, box: tuple[int, int, int, int]) -> FoundObject:
    x, y, width, height = box
    rle = coco_mask.frPyObjects([[x, y, x + width, y, x + width, y + height, x, y + height]], SIDE, SIDE)[0]
    runs: Rle = {"size": [SIDE, SIDE], "counts": rle["counts"].decode()}
    return FoundObject(CATEGORIES[category], score, list(map(float, box)), float(width * height), runs)
