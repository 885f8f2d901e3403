"""Reads untrusted zips, with limits against zip bombs (``ArchiveLimits``).

Nothing is extracted to the names inside: a member is a name and a stream, so no path traversal is possible.
Dangerous or unreadable members are skipped with a reason; a file that is not a zip, or that exceeds the limits,
is refused as a whole.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Self

from webapp.formats.files.encodings import beginning_of_text
from webapp.formats.files.filenames import is_system_litter, safe_path
from webapp.formats.files.member_names import MemberNames

NESTED = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_DRIVE = re.compile(r"[A-Za-z]:")
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Compression methods that are read; with others a few bytes may expand to many megabytes in one step."""
PIECE = 256 * 1024
"""Bytes unpacked in one step."""
TEXTS = (".json", ".csv", ".xml", ".txt")
TEXT_BYTES = 4 * 2**20
"""Bytes of texts that are looked through for names whose encoding is not certain."""
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,  # an offset before the beginning of the file
    RuntimeError,
    ValueError,
)
"""Exceptions of zipfile for members that contradict the directory."""
_ENTRY_BYTES = 46
"""Least bytes of a member's entry in the central directory."""


class ArchiveFault(StrEnum):
    """Why a zip, or one member of it, is not read."""

    # The whole zip
    NOT_A_ZIP = "not_a_zip"
    DAMAGED = "zip_damaged"
    TOO_MANY_MEMBERS = "zip_too_many_members"  # params: limit
    TOO_LARGE = "zip_too_large"  # params: limit_gb; of all that is inside, unpacked
    BOMB = "zip_bomb"  # unpacks to a multiple of its size that no photos or labels reach
    # One member, or the whole zip where no other member is left
    ENCRYPTED = "zip_encrypted"
    # One member
    UNSAFE_PATH = "zip_unsafe_path"  # absolute, or with ".." in it
    SYMLINK = "zip_symlink"  # a link or a device instead of a file
    NESTED = "zip_nested"  # another archive inside
    DUPLICATE = "zip_duplicate_name"
    MEMBER_TOO_LARGE = "zip_member_too_large"  # params: limit_mb
    METHOD = "zip_method"  # packed by a method that is not read
    MEMBER_DAMAGED = "zip_member_damaged"


class ArchiveRejected(Exception):
    """The zip as a whole, or the member that was being read, cannot be used."""

    def __init__(self, code: ArchiveFault, **params: int) -> None:
        super().__init__(f"{code} {params}" if params else str(code))
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits of a zip. All sizes in bytes."""

    members: int = 200_000
    total: int = 50 * 2**30
    """Of all members, unpacked."""
    member: int = 512 * 2**20
    """Of one member, unpacked."""
    ratio: int = 200
    """Largest ratio of unpacked to packed size, if the former exceeds `harmless`.

    JSON shrinks to a tenth, pictures hardly.
    """
    harmless: int = 256 * 2**20


DEFAULT_LIMITS = ArchiveLimits()


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the zip."""

    name: str
    """Cleaned path with slashes, without leading or double slashes."""
    size: int
    """Unpacked bytes according to the zip; no more can be read."""
    index: int
    """Which entry of the zip it is."""


@dataclass(frozen=True, slots=True)
class SkippedMember:
    """A member that was left out."""

    code: ArchiveFault
    name: str


class _MemberStream(io.RawIOBase):
    """Unpacks in steps of `PIECE`, since zipfile may unpack more than the declared size when all is read at once."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._packed.read(min(len(buffer), PIECE))
        except _UNREADABLE as error:
            raise ArchiveRejected(ArchiveFault.MEMBER_DAMAGED) from error
        buffer[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        pieces = []
        while piece := self.read(PIECE):
            pieces.append(piece)
        return b"".join(pieces)


class Archive:
    """An open zip; a context manager. `members` in the order of the zip."""

    def __init__(self, archive: zipfile.ZipFile, limits: ArchiveLimits) -> None:
        self._archive = archive
        self._limits = limits
        self.members: list[Member] = []
        self.problems: list[SkippedMember] = []
        self.litter = 0
        """Number of files of an operating system (macOS `._*`), which are skipped without separate findings."""
        seen: set[str] = set()
        names = MemberNames(archive.infolist(), self._texts)
        for index, entry in enumerate(archive.infolist()):
            self._sort(entry, names.name(entry), index, seen)
        if not self.members and any(problem.code == ArchiveFault.ENCRYPTED for problem in self.problems):
            raise ArchiveRejected(ArchiveFault.ENCRYPTED)

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """A stream of the member. Raises ArchiveRejected (MEMBER_DAMAGED), also while it is read."""
        try:
            packed = self._archive.open(self._archive.infolist()[member.index])
        except _UNREADABLE as error:
            raise ArchiveRejected(ArchiveFault.MEMBER_DAMAGED) from error
        # A zip may hold 100,000 files of some hundred bytes.
        buffer = min(PIECE, max(io.DEFAULT_BUFFER_SIZE, member.size))
        with packed, io.BufferedReader(_MemberStream(packed), buffer) as stream:
            yield stream

    def read(self, member: Member) -> bytes:
        """The whole member in memory. Raises ArchiveRejected as `open` does."""
        with self.open(member) as stream:
            return stream.read()

    def close(self) -> None:
        """Close the zip; a file object that it was opened from stays open."""
        self._archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _texts(self) -> Iterator[str]:
        """The beginnings of annotation files, for the names of photos in them."""
        left = TEXT_BYTES
        for entry in self._archive.infolist():
            if not entry.filename.lower().endswith(TEXTS) or _fault(entry, entry.filename, self._limits):
                continue
            with suppress(*_UNREADABLE), self._archive.open(entry) as stream:
                start = stream.read(min(left, PIECE * 4))
                left -= len(start)
                yield beginning_of_text(start)
            if left <= 0:
                return

    def _sort(self, entry: zipfile.ZipInfo, name: str, index: int, seen: set[str]) -> None:
        path = name.replace("\\", "/")
        if path.endswith("/"):
            return
        name = safe_path(path)
        if is_system_litter(path):
            self.litter += 1
            return
        fault = _fault(entry, path, self._limits)
        if fault is None and path in seen:
            fault = ArchiveFault.DUPLICATE
        if fault is not None:
            self.problems.append(SkippedMember(fault, name))
            return
        seen.add(path)
        self.members.append(Member(name, entry.file_size, index))


def open_zip(file: Path | BinaryIO, limits: ArchiveLimits = DEFAULT_LIMITS) -> Archive:
    """Open a zip. Raises ArchiveRejected where it is none, or is refused as a whole."""
    try:
        if isinstance(file, Path):
            with file.open("rb") as stream:
                size = check_directory(stream, limits)
        else:
            size = check_directory(file, limits)
        archive = zipfile.ZipFile(file)
    except (*_UNREADABLE, struct.error, OverflowError) as error:
        raise ArchiveRejected(ArchiveFault.DAMAGED) from error
    try:
        total = sum(entry.file_size for entry in archive.infolist())
        if total > limits.total:
            raise ArchiveRejected(ArchiveFault.TOO_LARGE, limit_gb=max(1, limits.total // 2**30))
        if total > max(limits.harmless, limits.ratio * size):
            raise ArchiveRejected(ArchiveFault.BOMB)
        return Archive(archive, limits)
    except BaseException:
        archive.close()
        raise


def is_zip(start: bytes) -> bool:
    """Whether these first bytes are those of a zip, also an empty one."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def check_directory(file: BinaryIO, limits: ArchiveLimits) -> int:
    """Size of the zip, bytes. Raises ArchiveRejected before the list of its members is read into memory."""
    size = file.seek(0, 2)
    tail_length = min(size, 65_557)  # the record at the end, and a comment of 65,535 bytes behind it
    file.seek(size - tail_length)
    tail = file.read(tail_length)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < 22:
        file.seek(0)
        started = is_zip(file.read(4))
        raise ArchiveRejected(ArchiveFault.DAMAGED if started else ArchiveFault.NOT_A_ZIP)
    count, directory = struct.unpack_from("<HL", tail, found + 10)
    if found >= 20 and tail[found - 20 : found - 16] == b"PK\x06\x07":  # zip64: another record, further up
        file.seek(struct.unpack_from("<Q", tail, found - 12)[0])
        record = file.read(56)
        if record[:4] == b"PK\x06\x06":
            count, directory = struct.unpack_from("<QQ", record, 32)
    file.seek(0)
    # The declared count cannot be trusted, but the size of the directory bounds it.
    if count > limits.members or directory > limits.members * (_ENTRY_BYTES + 250):
        raise ArchiveRejected(ArchiveFault.TOO_MANY_MEMBERS, limit=limits.members)
    return size


def is_unsafe(path: str) -> bool:
    """Whether a path with slashes leads out of the archive, or ends in no name."""
    parts = path.split("/")
    return path.startswith("/") or ".." in parts or bool(_DRIVE.match(path)) or not parts[-1].strip("\0 ")


def _fault(entry: zipfile.ZipInfo, path: str, limits: ArchiveLimits) -> ArchiveFault | None:
    if is_unsafe(path):
        return ArchiveFault.UNSAFE_PATH
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        return ArchiveFault.SYMLINK
    if entry.flag_bits & 0x1:
        return ArchiveFault.ENCRYPTED
    if path.lower().endswith(NESTED):
        return ArchiveFault.NESTED
    if entry.compress_type not in _READABLE:
        return ArchiveFault.METHOD
    return ArchiveFault.MEMBER_TOO_LARGE if entry.file_size > limits.member else None
