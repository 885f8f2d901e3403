"""A test with everything that average precision has to get right."""

from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from tests.jobs.detection.conftest import annotation_of
from webapp.formats.found_object import FoundObject

Tested = tuple[dict[str, Any], dict[int, list[FoundObject]]]
SIDE = 400
NAMES = ["fig", "date", "nothing"]


@pytest.fixture
def tested() -> Tested:
    """Nine photos: objects of all sizes, a crowd, an empty photo, equal scores, and a category without objects."""
    random = np.random.default_rng(4)
    images, annotations = [], []
    detections: dict[int, list[FoundObject]] = {}
    for number in range(1, 10):
        images.append(
            {"id": number, "file_name": f"{number}.png", "width": SIDE, "height": SIDE, "split": "test"}
        )
        boxes = [(int(random.integers(0, 3)), (5, 5, 30, 30)) for _each in range(2)]
        for _object in range(0 if number == 5 else random.integers(1, 7)):
            side = int(random.choice([12, 40, 120]))
            x, y = (int(each) for each in random.integers(0, SIDE - side - 20, 2))
            category = int(random.integers(0, 2))
            annotations.append(annotation_of(number, category + 1, (x, y, side, side)) | {"iscrowd": 0})
            for _detection in range(random.integers(0, 3)):
                move = int(random.integers(0, 1 + side // 4))
                boxes.append((category, (x + move, y, side, side)))
        detections[number] = [
            # Equal scores on other photos, not on the same one: their order would be nobody's.
            found(category, round(float(random.random()), 1) + place / 1000, box)
            for place, (category, box) in enumerate(boxes)
        ]
    crowd = coco_mask.encode(np.asfortranarray(np.ones((SIDE, SIDE), np.uint8)))
    annotations.append(
        annotation_of(2, 1, (0, 0, SIDE, SIDE))
        | {"iscrowd": 1, "segmentation": {"size": [SIDE, SIDE], "counts": crowd["counts"].decode()}}
    )
    for place, annotation in enumerate(annotations):
        annotation["id"] = place + 1
    categories = [{"id": number + 1, "name": name} for number, name in enumerate(NAMES)]
    return {"images": images, "annotations": annotations, "categories": categories}, detections


def found(category: int, score: float, box: tuple[int, int, int, int]) -> FoundObject:
    x, y, width, height = box
    mask = np.zeros((SIDE, SIDE), np.uint8, order="F")
    mask[y : y + height, x : x + width] = 1
    runs = {"size": [SIDE, SIDE], "counts": coco_mask.encode(mask)["counts"].decode()}
    return FoundObject(NAMES[category], score, list(map(float, box)), float(width * height), runs)
