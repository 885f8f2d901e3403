"""Exports of Label Studio by their parts."""

import json
from typing import Any

SIZE = {"original_width": 100, "original_height": 80, "image_rotation": 0}
RECTANGLE = {"x": 10, "y": 12.5, "width": 20, "height": 25, "rotation": 0}
POLYGON = {"points": [[10, 12.5], [30, 12.5], [30, 37.5], [10, 37.5]], "closed": True}


def result(
    kind: str = "polygonlabels", value: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """One entry of `result`, labelled "date" where `kind` has labels."""
    said = {kind: ["date"]} if kind.endswith("labels") else {}
    entry = {"id": "r1", "type": kind, "from_name": "label", "to_name": "image", "origin": "manual", **SIZE}
    return entry | {"value": (POLYGON if value is None else value) | said} | changes


def annotation(*results: Any, **changes: Any) -> dict[str, Any]:
    """One annotation of a task."""
    times = {"created_at": "2026-01-30T02:40:43.893565Z", "updated_at": "2026-01-30T02:40:43.893578Z"}
    entry = {"id": 22, "completed_by": 1, "result": list(results), "was_cancelled": False, **times}
    return entry | changes


def task(*annotations: Any, **changes: Any) -> dict[str, Any]:
    """One task, its photo behind its annotations as Label Studio writes it."""
    entry = {"id": 87, "annotations": list(annotations), "file_upload": "0a1b2c3d-a.jpg", "drafts": []}
    entry |= {"predictions": [], "data": {"image": "/data/upload/29/0a1b2c3d-a.jpg"}, "meta": {}}
    return entry | changes


def export(*tasks: Any) -> bytes:
    """A "JSON" export."""
    return json.dumps(tasks).encode()


def record(*values: Any, **changes: Any) -> dict[str, Any]:
    """One entry of a "JSON-MIN" export."""
    size = {"original_width": 100, "original_height": 80}
    regions = [value | size for value in values]
    entry = {"image": "/data/upload/29/0a1b2c3d-a.jpg", "id": 87, "label": regions, "annotator": 1}
    times = {"created_at": "2026-01-30T02:40:43Z", "updated_at": "2026-01-30T02:40:43Z", "lead_time": 8.6}
    return entry | {"annotation_id": 22} | times | changes
