"""Writes a file so that a crash leaves the old one or the new one, never half of it."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(target: Path, flushed: bool = True) -> Iterator[Path]:
    """A neighbour of ``target`` to fill; it is flushed and takes the name of ``target`` when the block ends well.

    What can be made again need not be ``flushed``: a power cut may then leave it empty or missing, and waiting
    for the disk takes longer than making it. Raises OSError, a full disk for instance; the neighbour is removed
    then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        yield unfinished
        if flushed:
            _flush(unfinished)
        unfinished.replace(target)
        if flushed:
            _flush(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Works for folders too: a rename is safe only when its folder is flushed."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
