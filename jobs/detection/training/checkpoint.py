"""Checkpoints of a run: its last state, from which it resumes with identical losses, and its best weights.

``checkpoint.pt`` is the last state. ``best-<iteration>.safetensors`` holds the weights that found
most on the validation photos; the state contains that iteration, so that both are consistent after a crash.
"""

import io
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from jobs.detection.errors import CheckpointUnusable
from jobs.detection.job import CheckpointFile, TrainingListener
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.run_files import CHECKPOINT_NAME

FORMAT_VERSION = 2


@dataclass
class Progress:
    """Best iteration and patience so far; part of the state."""

    best_iteration: int = 0
    """0: none yet."""
    best_ap: float = 0.0
    best_loss: float = float("inf")
    checks_without_gain: int = 0
    ended_early: bool = False

    def note(self, iteration: int, loss: float, ap: float | None) -> None:
        """The figures of a full validation. The best has the highest AP; of equal ones, the lowest loss.

        AP is 0 for long in a run that learns slowly, and None without labelled validation photos.
        """
        if (ap or 0.0, -loss) > (self.best_ap, -self.best_loss):
            self.best_iteration, self.best_ap, self.best_loss = iteration, ap or 0.0, loss
            self.checks_without_gain = 0
        else:
            self.checks_without_gain += 1


class Checkpoints:
    """Writes and prunes the files of a run."""

    def __init__(
        self,
        folder: Path,
        progress: Progress,
        state_after: Callable[[int], dict[str, Any]],
        save_weights: Callable[[Path, int], None],
        listener: TrainingListener,
    ) -> None:
        self._folder = folder
        self._progress = progress
        self._state_after = state_after
        self._save_weights = save_weights
        self._listener = listener
        self._saved = 0

    @property
    def best(self) -> Path | None:
        """File of the best weights; None if there are none yet."""
        path = self._best_path(self._progress.best_iteration)
        return path if path.is_file() else None

    def save(self, iteration: int, is_best: bool = False) -> None:
        """Save the state after ``iteration`` unless already saved. Raises OSError (disk full)."""
        if is_best:
            # Weights first, then the state that refers to them: a crash in between leaves the earlier pair.
            self._save_weights(self._best_path(iteration), iteration)
        elif self._saved == iteration:
            return
        path = self._folder / CHECKPOINT_NAME
        save_checkpoint(path, self._state_after(iteration) | {"progress": asdict(self._progress)})
        self._saved = iteration
        kept = self.best
        for old in self._folder.glob("best-*.safetensors"):
            if old != kept:
                old.unlink()
        files = [CheckpointFile("last", iteration, path.stat().st_size)]
        if kept is not None:
            files.append(CheckpointFile("best", self._progress.best_iteration, kept.stat().st_size))
        self._listener.checkpoint(files)

    def _best_path(self, iteration: int) -> Path:
        return self._folder / f"best-{iteration}.safetensors"


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """``state`` holds tensors, numbers, strings, lists and dicts only. Raises OSError."""
    # Written through a Python file: torch itself raises a bare RuntimeError on a full disk.
    buffer = io.BytesIO()
    torch.save({"format": FORMAT_VERSION, **state}, buffer)
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(buffer.getbuffer())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Returns what was saved, on the CPU. Raises ``CheckpointUnusable``."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointUnusable(reason=str(error)) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT_VERSION:
        raise CheckpointUnusable(reason="another format")
    return state
