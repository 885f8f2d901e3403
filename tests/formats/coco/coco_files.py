"""Small COCO files to break in one place."""

import json
from typing import Any

SQUARE = [10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]


def annotation(**changes: Any) -> dict[str, Any]:
    """A good annotation, 20 x 20 pixels, with some fields replaced."""
    return {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "segmentation": [list(SQUARE)],
        "bbox": [10, 10, 20, 20],
        "area": 400,
        "iscrowd": 0,
    } | changes


def coco(*annotations: Any, **changes: Any) -> bytes:
    """A file of one 100 x 80 photo and one category, with some of its lists replaced."""
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
        "annotations": list(annotations),
        "categories": [{"id": 1, "name": "date"}],
    }
    return json.dumps(document | changes).encode()
