"""Reads untrusted tar files, plain or packed by gzip, with the limits of a zip (``ArchiveLimits``).

As of a zip nothing is extracted to the names inside. A tar has no directory: opening it passes over all of it, and
its members are quick to read in their order alone. Links, devices and sparse files are skipped with a reason.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Self, cast

from webapp.formats.files.archive import (
    DEFAULT_LIMITS,
    NESTED,
    PIECE,
    ArchiveFault,
    ArchiveLimits,
    ArchiveRejected,
    Member,
    SkippedMember,
    is_unsafe,
)
from webapp.formats.files.encodings import SAMPLE, old_encodings
from webapp.formats.files.filenames import is_system_litter, safe_path

BLOCK = tarfile.BLOCKSIZE
MOST_HEADER_BYTES = 2**20
"""Of one member: its header, and names and maps of other headers before it, all of which tarfile keeps in memory."""
_GZIP = b"\x1f\x8b"
_UNREADABLE = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, RecursionError, OverflowError)
"""Exceptions of tarfile and gzip for what is damaged."""


class TarArchive:
    """An open tar; a context manager. `members` in the order of the tar."""

    def __init__(self, file: Path | BinaryIO, limits: ArchiveLimits = DEFAULT_LIMITS) -> None:
        """Raises ArchiveRejected where it is none, or is refused as a whole."""
        self._opened = file.open("rb") if isinstance(file, Path) else None
        self._limits = limits
        self.members: list[Member] = []
        self.problems: list[SkippedMember] = []
        self.litter = 0
        """Number of files of an operating system, which are skipped without separate findings."""
        self._places: list[int] = []
        """Where the content of each entry begins, bytes from the start of the tar."""
        self._total = 0
        try:
            self._stream = _Unpacked(self._opened or cast(BinaryIO, file), limits)
            self._read_headers()
        except _UNREADABLE as error:
            self.close()
            raise ArchiveRejected(ArchiveFault.DAMAGED) from error
        except BaseException:
            self.close()
            raise

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """A stream of the member. Raises ArchiveRejected (MEMBER_DAMAGED), also while it is read."""
        stream = _MemberStream(self._stream, self._places[member.index], member.size)
        with io.BufferedReader(stream, PIECE) as buffered:
            yield buffered

    def read(self, member: Member) -> bytes:
        """The whole member in memory. Raises ArchiveRejected as `open` does."""
        with self.open(member) as stream:
            return stream.read()

    def close(self) -> None:
        """Close the tar; a file object that it was opened from stays open."""
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read_headers(self) -> None:
        self._stream.budget = MOST_HEADER_BYTES
        headers: list[_Header] = []
        with tarfile.TarFile(
            fileobj=cast(IO[bytes], self._stream), encoding="utf-8", errors="surrogateescape"
        ) as tar:
            while (entry := tar.next()) is not None:
                headers.append(self._header(entry))
                # tarfile keeps what it has met, which nobody asks for here.
                tar.members = []  # type: ignore[attr-defined]
                self._stream.budget = MOST_HEADER_BYTES
            # tarfile takes a damaged header for the end: there are only zeros, or nothing.
            self._stream.seek(tar.offset)
            if self._stream.read(BLOCK).strip(b"\0"):
                raise ArchiveRejected(ArchiveFault.DAMAGED)
        encoding = _encoding_of(headers)
        seen: set[str] = set()
        for index, header in enumerate(headers):
            self._sort(header, header.name.decode(encoding, "replace"), index, seen)

    def _header(self, entry: tarfile.TarInfo) -> "_Header":
        if len(self._places) >= self._limits.members:
            raise ArchiveRejected(ArchiveFault.TOO_MANY_MEMBERS, limit=self._limits.members)
        self._total += 0 if entry.issparse() else entry.size
        if self._total > self._limits.total:
            raise ArchiveRejected(ArchiveFault.TOO_LARGE, limit_gb=max(1, self._limits.total // 2**30))
        self._places.append(entry.offset_data)
        name = entry.name.encode("utf-8", "surrogateescape")
        return _Header(name, entry.size, entry.isdir(), self._fault(entry))

    def _sort(self, header: "_Header", name: str, index: int, seen: set[str]) -> None:
        path = name.replace("\\", "/")
        if header.is_folder:
            return
        if is_system_litter(path):
            self.litter += 1
            return
        name = safe_path(path)
        fault = ArchiveFault.UNSAFE_PATH if is_unsafe(path) else header.fault
        if fault is None and path.lower().endswith(NESTED):
            fault = ArchiveFault.NESTED
        if fault is None and path in seen:
            fault = ArchiveFault.DUPLICATE
        if fault is not None:
            self.problems.append(SkippedMember(fault, name))
            return
        seen.add(path)
        self.members.append(Member(name, header.size, index))

    def _fault(self, entry: tarfile.TarInfo) -> ArchiveFault | None:
        if entry.issparse():
            return ArchiveFault.METHOD
        if not entry.isreg():
            return ArchiveFault.SYMLINK
        return ArchiveFault.MEMBER_TOO_LARGE if entry.size > self._limits.member else None


@dataclass(frozen=True, slots=True)
class _Header:
    name: bytes
    size: int
    is_folder: bool
    fault: ArchiveFault | None


class _Unpacked(io.RawIOBase):
    """The tar behind gzip, or as it is: no further than the limits allow."""

    def __init__(self, file: BinaryIO, limits: ArchiveLimits) -> None:
        self.budget = 0
        """Bytes that may still be read in small pieces: of headers."""
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        packed = file.read(2) == _GZIP
        file.seek(0)
        self._file = gzip.GzipFile(fileobj=file) if packed else file
        self._most = max(limits.harmless, limits.ratio * size) if packed else size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset > self._most:
            packed = isinstance(self._file, gzip.GzipFile)
            raise ArchiveRejected(ArchiveFault.BOMB if packed else ArchiveFault.DAMAGED)
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """Of headers. Raises ArchiveRejected beyond `budget`."""
        self.budget -= size
        if size < 0 or self.budget < 0:
            raise ArchiveRejected(ArchiveFault.DAMAGED)
        return self._file.read(size)

    def content(self, size: int) -> bytes:
        """Of a member, at most `size` bytes."""
        return self._file.read(size)


class _MemberStream(io.RawIOBase):
    def __init__(self, tar: _Unpacked, start: int, size: int) -> None:
        self._tar = tar
        self._at, self._end = start, start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._end - self._at, PIECE)
        if wanted == 0:
            return 0
        try:
            if self._tar.tell() != self._at:
                self._tar.seek(self._at)
            piece = self._tar.content(wanted)
        except _UNREADABLE as error:
            raise ArchiveRejected(ArchiveFault.MEMBER_DAMAGED) from error
        if not piece:
            raise ArchiveRejected(ArchiveFault.MEMBER_DAMAGED)
        self._at += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)


def is_tar(start: bytes) -> bool:
    """Whether a file with these first bytes, 512 or more, is a tar: the checksum of the first header is right."""
    try:
        tarfile.TarInfo.frombuf(start[:BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def is_packed_tar(start: bytes) -> bool:
    """Whether it is a tar behind gzip; more of the file than 512 bytes may be needed to tell."""
    if not start.startswith(_GZIP):
        return False
    try:
        return is_tar(zlib.decompressobj(wbits=31).decompress(start, BLOCK))
    except zlib.error:
        return False


def _encoding_of(headers: list[_Header]) -> str:
    """One for all names, which say nothing of it: UTF-8, else what Windows used before."""
    names = [header.name for header in headers if not header.name.isascii()]
    try:
        for name in names:
            name.decode("utf-8")
    except UnicodeDecodeError:
        found = old_encodings(b"\n".join(names)[:SAMPLE])
        return found[0][0] if found else "utf-8"
    return "utf-8"
