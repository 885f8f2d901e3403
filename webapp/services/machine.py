"""What the training machine has. The train worker announces it at its start: the web may run on another host."""

import json

from flask import current_app

KEY = "training-machine"


def announce(gpu: bool, coco_weights: bool) -> None:
    """Called by the train worker."""
    current_app.extensions["redis"].set(KEY, json.dumps({"gpu": gpu, "coco_weights": coco_weights}))


def has_gpu() -> bool:
    """Whether the train worker found a GPU; False until one has started."""
    return _announced()["gpu"]


def coco_weights_installed() -> bool:
    """Whether ``r50_fpn`` can start from COCO weights."""
    return _announced()["coco_weights"]


def _announced() -> dict[str, bool]:
    stored = current_app.extensions["redis"].get(KEY)
    return json.loads(stored) if stored else {"gpu": False, "coco_weights": False}
