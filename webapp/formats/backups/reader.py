"""Reads the archive of a backup as a stream, and verifies each member. It may come from anybody.

Of tar it takes what ``ArchiveWriter`` writes: files with names, nothing else. So there are no links, no devices, no
sparse files, and no header that asks for gigabytes of memory.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from tarfile import BLOCKSIZE, GNUTYPE_LONGNAME, REGTYPE, TarError, TarInfo
from typing import BinaryIO

from webapp.formats.backups.layout import END, GROUP, HEADER, LONGEST_NAME, SUMS, DamagedArchive, Header
from webapp.formats.backups.writer import PIECE, sum_line

_MOST_SUMS = GROUP * (LONGEST_NAME + 80)
_MOST_HEADER = 2**24


class BackupMember:
    """One file of the archive, to be read before the next is asked for."""

    def __init__(self, info: TarInfo, file: BinaryIO) -> None:
        self.name = info.name
        self.size = info.size
        self.mtime = info.mtime
        self._file = file
        self._left = info.size
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes, none at the end. Raises DamagedArchive where the archive ends before."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._file.read(wanted)
        if len(piece) < wanted:
            raise DamagedArchive("truncated", self.name)
        self._left -= wanted
        self._digest.update(piece)
        return piece

    def whole(self, most: int) -> bytes:
        """All of a member that is no longer than ``most``. Raises DamagedArchive."""
        if self.size > most:
            raise DamagedArchive("hostile", self.name)
        return self.read()

    def finish(self) -> str:
        """Read what is left; the line of its hash."""
        while self._left:
            self.read(PIECE)
        if len(self._file.read(-self.size % BLOCKSIZE)) < -self.size % BLOCKSIZE:
            raise DamagedArchive("truncated", self.name)
        return sum_line(self._digest.hexdigest(), self.name)


def read_header(file: BinaryIO) -> Header:
    """The header alone, not verified. Raises DamagedArchive."""
    return _header(_next(file))


def read_archive(file: BinaryIO) -> Iterator[BackupMember]:
    """Its members after the header. Each is verified some members after it was read, all are when this ends.

    Raises DamagedArchive with the name of the first member that is not as it was written.
    """
    member = _next(file)
    _header(member)
    lines = [member.finish()]
    count, of_sums = 1, hashlib.sha256()
    while (member := _next(file)).name != END:
        if member.name.startswith(SUMS):
            of_sums.update(_check(member, lines))
            lines.clear()
            member.finish()
            continue
        if len(lines) == GROUP:
            raise DamagedArchive("damaged", member.name)
        count += 1
        yield member
        lines.append(member.finish())
    _check_end(member, lines, count, of_sums.hexdigest())


def _header(member: BackupMember) -> Header:
    if member.name != HEADER:
        raise DamagedArchive("not_a_backup")
    try:
        document = json.loads(member.whole(_MOST_HEADER))
        number = document["format"]
        if number != 1:
            raise DamagedArchive("newer" if isinstance(number, int) and number > 1 else "not_a_backup")
        header = Header(**document)
        text = (header.created_at, header.revision, *header.tables, *header.sequences)
        sizes = (header.files, header.bytes)
        if not all(isinstance(one, str) for one in text) or not all(isinstance(one, int) for one in sizes):
            raise DamagedArchive("damaged", HEADER)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedArchive("damaged", HEADER) from error
    return header


def _check(sums: BackupMember, lines: list[str]) -> bytes:
    """The sums of the members since the last; raises DamagedArchive with the first that differs."""
    data = sums.whole(_MOST_SUMS)
    found = data.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    for line, written in zip(lines, found, strict=False):
        if line != written:
            raise DamagedArchive("damaged", line.partition("  ")[2].strip())
    if len(lines) != len(found):
        raise DamagedArchive("damaged", sums.name)
    return data


def _check_end(member: BackupMember, lines: list[str], count: int, of_sums: str) -> None:
    try:
        document = json.loads(member.whole(_MOST_HEADER))
        is_whole = document["members"] == count and hmac.compare_digest(document["sums"], of_sums)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedArchive("damaged", END) from error
    if lines or not is_whole:
        raise DamagedArchive("damaged", END)


def _next(file: BinaryIO) -> BackupMember:
    """Raises DamagedArchive where the archive ends, or holds what is not a plain file."""
    info = _block(file)
    if info.type == GNUTYPE_LONGNAME:
        length = info.size
        padded = length + -length % BLOCKSIZE
        if not 0 < length <= LONGEST_NAME:
            raise DamagedArchive("hostile", info.name)
        name = file.read(padded)[:length].rstrip(b"\0").decode("utf-8", "surrogateescape")
        info = _block(file)
        info.name = name
    if info.type != REGTYPE or info.size < 0:
        raise DamagedArchive("hostile", info.name)
    return BackupMember(info, file)


def _block(file: BinaryIO) -> TarInfo:
    is_first = file.tell() == 0
    block = file.read(BLOCKSIZE)
    if len(block) < BLOCKSIZE or not any(block):
        raise DamagedArchive("not_a_backup" if is_first else "truncated")
    try:
        return TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (TarError, ValueError, OverflowError) as error:
        raise DamagedArchive("not_a_backup" if is_first else "damaged") from error
