"""Reads a whole backup from the disk and compares every hash."""

import os
from collections.abc import Callable
from pathlib import Path

from webapp.formats.backups.layout import Header
from webapp.formats.backups.reader import read_archive, read_header
from webapp.formats.backups.writer import PIECE

Progress = Callable[[int, int], None]
"""Told the bytes that are done, and about how many there are."""


def silent(_done: int, _total: int) -> None:
    """Tells nobody."""


def verify(path: Path, progress: Progress = silent) -> Header:
    """Read the whole file and compare every hash. Raises DamagedArchive, OSError."""
    with path.open("rb") as file:
        header = read_header(file)
        file.seek(0)
        # From the disk itself, not from memory.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        total, last = path.stat().st_size, 0
        for member in read_archive(file):
            while member.read(PIECE):
                pass
            if (done := file.tell()) - last > 64 * PIECE:
                os.posix_fadvise(file.fileno(), 0, done, os.POSIX_FADV_DONTNEED)
                progress(done, total)
                last = done
    return header
