"""The files of an import of which several make one set of labels (YOLO, masks), and what a set's reader answers."""

from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path

from webapp.formats.annotations.parsed import FormatFault, FormatRejected, ParsedAnnotations

MAX_TEXT_BYTES = 16 * 2**20
"""Largest text file of a set: the labels of one photo, the names of the classes, or a list of photos."""


@dataclass(frozen=True, slots=True)
class MappedPart:
    """A piece of a larger file that is mapped into memory."""

    whole: mmap | bytes
    start: int
    size: int
    """Bytes."""

    def read(self, size: int = -1) -> bytes:
        """The first ``size`` bytes; all for a negative number."""
        return self.whole[self.start : self.start + (self.size if size < 0 else min(size, self.size))]


@dataclass(frozen=True, slots=True)
class SetFile:
    """A text or a picture that may belong to a set."""

    path: str
    """With slashes, including the folders of the upload or the zip."""
    content: Path | MappedPart | bytes
    """Where its bytes are, or the bytes."""

    @property
    def folders(self) -> list[str]:
        """The folders of its path."""
        return self.path.split("/")[:-1]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """Its name without the suffix."""
        return stem_of(self.path)

    @property
    def suffix(self) -> str:
        """Its suffix with the dot, in small letters."""
        return suffix_of(self.path)

    @property
    def source(self) -> Path | bytes:
        """Its bytes, or the file that holds nothing else."""
        return self.content.read() if isinstance(self.content, MappedPart) else self.content

    def read(self) -> bytes:
        """All bytes."""
        source = self.source
        return source.read_bytes() if isinstance(source, Path) else source

    def head(self, size: int) -> bytes:
        """The first bytes."""
        if isinstance(self.content, bytes):
            return self.content[:size]
        if isinstance(self.content, MappedPart):
            return self.content.read(size)
        with self.content.open("rb") as file:
            return file.read(size)


@dataclass(frozen=True, slots=True)
class SetPhoto:
    """A photo that a set may label: one that was sent, or one of the model."""

    path: str
    width: int
    """Pixels, upright."""
    height: int
    sha256: str = ""


@dataclass(slots=True)
class ParsedSet:
    """The labels of one set."""

    path: str
    """The file or folder by which the set is named to the user."""
    parsed: ParsedAnnotations


@dataclass(slots=True)
class SetReading:
    """All sets found among the files of an import."""

    sets: list[ParsedSet] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """Paths of texts that belong to a set: no other reader needs to see them."""
    masks: set[str] = field(default_factory=set)
    """Paths of pictures that are masks, and not photos to add."""

    def add(self, other: "SetReading") -> None:
        """Add what another reader found."""
        self.sets += other.sets
        self.taken |= other.taken
        self.masks |= other.masks


def stem_of(path: str) -> str:
    """The name of a file without its last suffix."""
    name = path.rpartition("/")[2]
    stem, dot, _suffix = name.rpartition(".")
    return stem if dot and stem else name


def suffix_of(path: str) -> str:
    """The last suffix of a file with its dot, in small letters; empty where it has none."""
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def decoded(file: SetFile) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or Big5. Raises FormatRejected."""
    data = file.read()
    if len(data) > MAX_TEXT_BYTES:
        raise FormatRejected(FormatFault.TOO_LARGE, limit_mb=MAX_TEXT_BYTES // 2**20)
    return as_text(data)


def as_text(data: bytes) -> str:
    """These bytes as text, as ``decoded`` does. Raises FormatRejected."""
    likely = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for encoding in (likely, "cp950"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FormatRejected(FormatFault.NOT_TEXT)
