"""The state of a run in a file, from which it goes on as if nothing had happened."""

import pickle
from pathlib import Path
from typing import Any

import torch

from jobs.detection.errors import CheckpointUnusable
from webapp.atomic_file import atomic_path

FORMAT_VERSION = 1


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """``state`` holds tensors, numbers, strings, lists and dicts only. Raises OSError."""
    with atomic_path(path) as unfinished:
        torch.save({"format": FORMAT_VERSION, **state}, unfinished)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Returns what was saved, on the CPU. Raises ``CheckpointUnusable``."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointUnusable(reason=str(error)) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT_VERSION:
        raise CheckpointUnusable(reason="another format")
    return state
