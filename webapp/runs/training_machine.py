"""GPU, memory and weights of the training machine, published in Redis: the web may run on another host."""

import json
from typing import Any

from flask import current_app

KEY = "training-machine"
_UNKNOWN: dict[str, Any] = {
    "gpu": False,
    "coco_weights": False,
    "memory": None,
    "processes": 1,
    "versions": {},
}


def announce(
    gpu: bool,
    coco_weights: bool,
    memory: int | None = None,
    processes: int = 1,
    versions: dict[str, str] | None = None,
) -> None:
    """Called by the train worker; ``memory`` in bytes, of a GPU where there is one, else of the machine.

    ``processes``: the most that train one run together, each on one GPU or all in the machine's memory. ``versions``:
    of packages that this process may not have, by their names.
    """
    entry = {
        "gpu": gpu,
        "coco_weights": coco_weights,
        "memory": memory,
        "processes": processes,
        "versions": versions or {},
    }
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


def processes() -> int:
    """The most processes that train one run together; 1 until a train worker has started."""
    return _announced()["processes"]


def is_known() -> bool:
    """Whether a train worker has started since Redis is there."""
    return bool(current_app.extensions["redis"].exists(KEY))


def versions() -> dict[str, str]:
    """Versions of torch and Detectron2 by package; empty until a train worker has started."""
    found: dict[str, str] = _announced()["versions"]
    return found


def processes_for(batch_size: int, most: int) -> int:
    """The largest number of processes, at most ``most``, that divides the batch evenly."""
    return next(count for count in range(min(most, batch_size), 0, -1) if batch_size % count == 0)


def _announced() -> dict[str, Any]:
    stored = current_app.extensions["redis"].get(KEY)
    return _UNKNOWN | json.loads(stored) if stored else _UNKNOWN
