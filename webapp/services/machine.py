"""What the training machine has. The train worker announces it at its start: the web may run on another host."""

import json
from typing import Any

from flask import current_app

KEY = "training-machine"
_UNKNOWN = {"gpu": False, "coco_weights": False, "memory": None}


def announce(gpu: bool, coco_weights: bool, memory: int | None = None) -> None:
    """Called by the train worker; ``memory`` in bytes, of the GPU where there is one, else of the machine."""
    entry = {"gpu": gpu, "coco_weights": coco_weights, "memory": memory}
    current_app.extensions["redis"].set(KEY, json.dumps(entry))


def has_gpu() -> bool:
    """Whether the train worker found a GPU; False until one has started."""
    return _announced()["gpu"]


def coco_weights_installed() -> bool:
    """Whether ``r50_fpn`` can start from COCO weights."""
    return _announced()["coco_weights"]


def memory() -> int | None:
    """Bytes that a training may use; None until a train worker has started."""
    return _announced()["memory"]


def _announced() -> dict[str, Any]:
    stored = current_app.extensions["redis"].get(KEY)
    return _UNKNOWN | json.loads(stored) if stored else _UNKNOWN
