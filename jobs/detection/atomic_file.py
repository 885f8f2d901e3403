"""Writes a file so that a crash leaves the old one or the new one, never half of it."""

import os
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """``write`` gets a neighbour of ``path`` to fill; it is flushed to the disk, then takes the name of
    ``path``.

    Raises OSError, a full disk for instance; the neighbour is removed then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(unfinished)
        unfinished.chmod(0o644)  # safetensors makes files that only their owner can read
        _flush(unfinished)
        unfinished.replace(path)
        _flush(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Works for folders too: a rename is safe only when its folder is flushed."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
