"""Opens an archive of any kind that is read: a zip, or a tar, plain or packed by gzip. The content decides."""

from pathlib import Path
from typing import BinaryIO

from webapp.formats.files.archive import (
    DEFAULT_LIMITS,
    Archive,
    ArchiveFault,
    ArchiveLimits,
    ArchiveRejected,
    is_zip,
    open_zip,
)
from webapp.formats.files.tar_archive import TarArchive, is_packed_tar, is_tar

AnyArchive = Archive | TarArchive
HEAD = 4096
"""Bytes by which an archive is recognised."""
SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz")
_OTHERS = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x1f\x8b")
"""First bytes of 7z, RAR, bzip2, xz and Zstandard, and of gzip where no tar is inside."""


def is_archive(start: bytes) -> bool:
    """Whether the first ``HEAD`` bytes of a file are those of an archive, also of one that is not read."""
    return is_zip(start) or start.startswith(_OTHERS) or is_tar(start)


def open_archive(file: Path | BinaryIO, limits: ArchiveLimits = DEFAULT_LIMITS) -> AnyArchive:
    """Open it; of a tar this takes as long as to unpack it.

    Raises ArchiveRejected where it is none, is packed in another way, or is refused as a whole.
    """
    start = _start(file)
    if is_tar(start) or is_packed_tar(start):
        return TarArchive(file, limits)
    if start.startswith(_OTHERS):
        raise ArchiveRejected(ArchiveFault.METHOD)
    return open_zip(file, limits)


def _start(file: Path | BinaryIO) -> bytes:
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return stream.read(HEAD)
    file.seek(0)
    start = file.read(HEAD)
    file.seek(0)
    return start
