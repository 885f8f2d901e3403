"""Parsed files of an import on disk, so that preview and import parse them only once.

``read.json`` describes the files; ``photos.msgpack`` is a sequence of listed photos with their shapes, which is
read one by one; ``names.msgpack`` has the listed photos without shapes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.formats.annotations.drawn_on import Drawing, drawing_of
from webapp.formats.annotations.options import DEFAULT_OPTIONS, Question, ReadOptions
from webapp.formats.annotations.parsed import ParsedImage

VERSION = 2
"""Of these files; an import that an older product read is read again."""
LENGTH = 4
"""Size in bytes of a record's length prefix."""
_encoder = msgspec.msgpack.Encoder(enc_hook=list)
"""Writes packed polygons as lists."""
_photo = msgspec.msgpack.Decoder(ParsedImage)


@dataclass
class ListedImage:
    """A photo listed in an annotation file, without its shapes."""

    file_name: str
    shapes: dict[str, int]
    """Number of shapes by category."""
    split: str | None
    sha256: str | None
    no_object: bool
    drawing: Drawing
    """Tells whether its shapes were drawn on raw pixels."""

    @property
    def count(self) -> int:
        """Number of shapes."""
        return sum(self.shapes.values())


@dataclass
class Reading:
    """Description of the files of an import."""

    version: int = 1
    files: list[dict[str, Any]] = field(default_factory=list)
    """``{path, format, photos, shapes}`` of each parsed annotation file."""
    categories: list[str] = field(default_factory=list)
    annotations_in_file: int = 0
    options: ReadOptions = DEFAULT_OPTIONS
    """The answers by which the files were read."""
    questions: list[Question] = field(default_factory=list)
    """Options that matter for these files."""
    archive_findings: list[dict[str, Any]] = field(default_factory=list)
    """``ImportFindings.document`` of unpacking, which is not repeated when an answer changes."""
    label_findings: list[dict[str, Any]] = field(default_factory=list)
    """The same of the annotation files."""

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All of them."""
        return self.archive_findings + self.label_findings


def write(import_id: int, reading: Reading, images: Iterable[ParsedImage]) -> None:
    """Write the spool, ``read.json`` last. Raises OSError if the disk is full."""
    folder = storage.import_dir(import_id)
    names = []
    with atomic_path(folder / "photos.msgpack") as unfinished, unfinished.open("wb") as out:
        for image in images:
            record = _encoder.encode(image)
            out.write(len(record).to_bytes(LENGTH, "big"))
            out.write(record)
            names.append(_listed(image))
    _write(folder / "names.msgpack", _encoder.encode(names))
    _write(folder / "read.json", msgspec.json.encode(reading))


def read(import_id: int) -> Reading:
    """The description. Raises FileNotFoundError if the import has not been read."""
    return msgspec.json.decode((storage.import_dir(import_id) / "read.json").read_bytes(), type=Reading)


def listed(import_id: int) -> list[ListedImage]:
    """The listed photos."""
    data = (storage.import_dir(import_id) / "names.msgpack").read_bytes()
    return msgspec.msgpack.decode(data, type=list[ListedImage])


def photos(import_id: int) -> Iterator[ParsedImage]:
    """The same photos in the same order, with their shapes."""
    with (storage.import_dir(import_id) / "photos.msgpack").open("rb") as file:
        while length := file.read(LENGTH):
            yield _photo.decode(file.read(int.from_bytes(length, "big")))


def _listed(image: ParsedImage) -> ListedImage:
    shapes: dict[str, int] = {}
    for shape in image.shapes:
        shapes[shape.category] = shapes.get(shape.category, 0) + 1
    return ListedImage(image.file_name, shapes, image.split, image.sha256, image.no_object, drawing_of(image))


def _write(path: Path, data: bytes) -> None:
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(data)
