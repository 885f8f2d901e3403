"""Writes a file or folder so that a crash leaves the old one or the new one, never half of it."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(target: Path, flushed: bool = True) -> Iterator[Path]:
    """A temporary path beside ``target``; flushed and renamed to ``target`` when the block ends without error.

    Pass ``flushed=False`` for files that can be recreated (thumbnails): a power cut may then leave them empty,
    but nothing waits for the disk. Raises OSError, e.g. when the disk is full; the temporary file is then
    removed.
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


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """A folder beside ``target``, renamed to it when the block ends without error; not flushed.

    Where somebody else has made ``target`` meanwhile, that one stays.
    """
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        try:
            unfinished.replace(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _flush(path: Path) -> None:
    """fsync of a file or folder: a rename is durable only after its folder was flushed."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
