"""Writes the archive of a backup, one member after the other; memory does not grow with their number or size."""

import hashlib
import json
from tarfile import BLOCKSIZE, GNU_FORMAT, TarInfo
from typing import BinaryIO

from webapp.formats.backups.layout import END, GROUP, SUMS

PIECE = 2**20


class ArchiveWriter:
    """Members go to ``file``, a new one that is open for writing. Raises OSError where the disk is full."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sums: list[str] = []
        self._of_sums = hashlib.sha256()
        self._groups = 0
        self.members = 0

    def add_bytes(self, name: str, data: bytes) -> None:
        """A member that is in memory."""
        self._begin(name, len(data), 0)
        self._file.write(data)
        self._finish(name, len(data), hashlib.sha256(data).hexdigest())

    def add_file(self, name: str, source: BinaryIO, size: int, mtime: float) -> None:
        """The first ``size`` bytes of a file. Raises EOFError where it has less."""
        self._begin(name, size, mtime)
        digest = hashlib.sha256()
        left = size
        while left:
            piece = source.read(min(PIECE, left))
            if not piece:
                raise EOFError(name)
            digest.update(piece)
            self._file.write(piece)
            left -= len(piece)
        self._finish(name, size, digest.hexdigest())

    def end(self) -> None:
        """Write the last hashes and the end."""
        self._write_sums()
        document = {"members": self.members, "sums": self._of_sums.hexdigest()}
        self._plain(END, json.dumps(document).encode())
        self._file.write(bytes(2 * BLOCKSIZE))

    def _begin(self, name: str, size: int, mtime: float) -> None:
        info = TarInfo(name)
        # GNU's form has room for any size and name, and no extended headers.
        info.size, info.mtime, info.mode = size, int(mtime), 0o600
        self._file.write(info.tobuf(GNU_FORMAT, "utf-8", "surrogateescape"))

    def _finish(self, name: str, size: int, digest: str) -> None:
        self._pad(size)
        self.members += 1
        self._sums.append(sum_line(digest, name))
        if len(self._sums) == GROUP:
            self._write_sums()

    def _write_sums(self) -> None:
        data = "".join(self._sums).encode("utf-8", "surrogateescape")
        self._sums.clear()
        self._of_sums.update(data)
        self._groups += 1
        self._plain(f"{SUMS}{self._groups:06}.sha256", data)

    def _plain(self, name: str, data: bytes) -> None:
        self._begin(name, len(data), 0)
        self._file.write(data)
        self._pad(len(data))

    def _pad(self, size: int) -> None:
        self._file.write(bytes(-size % BLOCKSIZE))


def sum_line(digest: str, name: str) -> str:
    """As ``sha256sum`` writes it; a name with a line end or backslash is escaped as there."""
    if "\\" in name or "\n" in name:
        return "\\" + digest + "  " + name.replace("\\", "\\\\").replace("\n", "\\n") + "\n"
    return f"{digest}  {name}\n"
