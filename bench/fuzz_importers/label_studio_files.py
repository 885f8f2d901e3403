"""Good exports of Label Studio."""

import json
from typing import Any

SIZE = {"original_width": 100, "original_height": 80, "image_rotation": 0}
BRUSH = [0, 0, 0, 64, 57, 27, 254, 19, 0, 159, 254, 112, 9, 255, 240, 152, 0]
"""Run lengths of the brush over 4 x 4 pixels."""
VALUES: list[dict[str, Any]] = [
    {"points": [[10, 10], [30, 10], [30, 30], [10, 30]], "closed": True, "polygonlabels": ["date"]},
    {"x": 10, "y": 10, "width": 20, "height": 25, "rotation": 0, "rectanglelabels": ["date"]},
    {"x": 10, "y": 10, "width": 20, "height": 25, "rotation": 30.5, "rectanglelabels": ["date", "fig"]},
    {"x": 50, "y": 50, "radiusX": 20, "radiusY": 10, "rotation": 9, "ellipselabels": ["fig"]},
    {"format": "rle", "rle": BRUSH, "brushlabels": ["date"]},
    {"x": 5, "y": 5, "width": 0.2, "keypointlabels": ["date"]},
    {"imageDataURL": "data:image/png;base64,iVBORw0KGgo=", "bitmasklabels": ["date"]},
]


def label_studio() -> bytes:
    """Two tasks: one of two annotators, one with a prediction and an annotation that was cancelled."""
    results: list[dict[str, Any]] = [
        {"id": f"r{n}", "from_name": "label", "to_name": "image", "type": "any", "value": value, **SIZE}
        for n, value in enumerate(VALUES)
    ]
    results[4] |= {"original_width": 4, "original_height": 4}
    results.append({"id": "r0", "from_name": "note", "type": "textarea", "value": {"text": ["deep"]}})
    results.append({"type": "relation", "from_id": "r0", "to_id": "r1", "direction": "right"})
    first = {"id": 1, "completed_by": 1, "result": results, "updated_at": "2026-01-30T02:40:43.893578Z"}
    second = {"id": 2, "completed_by": {"id": 2, "email": "a@b"}, "result": results[:2], "created_at": 1.5}
    tasks = [
        {"id": 1, "annotations": [first, second], "data": {"image": "/data/upload/1/0a1b2c3d-1.jpg"}},
        {
            "id": 2,
            "annotations": [second | {"was_cancelled": True}],
            "predictions": [{"result": results[:3]}],
            "file_upload": "a.jpg",
            "data": {"pages": ["a.jpg", "b.jpg"], "inside": "data:image/png;base64,AAAA", "split": "val"},
        },
    ]
    return json.dumps(tasks).encode()


def label_studio_min() -> bytes:
    """Two annotators of one photo."""
    values = [value | {"original_width": 100, "original_height": 80} for value in VALUES]
    record = {
        "image": "1.jpg",
        "id": 1,
        "label": values,
        "quality": "good",
        "annotation_id": 3,
        "lead_time": 1.5,
    }
    times = {"created_at": "2026-01-30T02:40:43Z", "updated_at": "2026-01-30T02:40:43Z"}
    return json.dumps(
        [record | {"annotator": 1} | times, record | {"annotator": "b", "note": values[1:2]}]
    ).encode()
