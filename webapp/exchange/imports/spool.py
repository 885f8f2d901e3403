"""Parsed files of an import on disk, so that preview and import parse them only once.

``read.json`` describes the files; ``photos.msgpack`` is a sequence of listed photos with their shapes, which are
read one by one; ``names.msgpack`` has the listed photos without shapes. A photo that several files list is there once
for each.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.formats.annotations.drawn_on import DrawnShapes, drawing_of
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
    file: int
    """Number of its annotation file."""
    offset: int
    """Of its record, bytes."""
    width: int | None
    height: int | None
    """Pixels, as in the file."""
    other_names: list[str]
    shapes: dict[str, int]
    """Number of shapes by category."""
    split: str | None
    sha256: str | None
    no_object: bool
    drawing: DrawnShapes
    """Tells whether its shapes were drawn on raw pixels."""
    entries: int
    """Annotations of the file, also those that were left out."""

    @property
    def count(self) -> int:
        """Number of shapes."""
        return sum(self.shapes.values())


@dataclass
class Reading:
    """Description of the files of an import."""

    version: int = 1
    files: list[dict[str, Any]] = field(default_factory=list)
    """``{path, format, photos, shapes}`` of each parsed annotation file, in the order of ``ListedImage.file``."""
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


def write(import_id: int, reading: Reading, files: Iterable[Iterable[ParsedImage]]) -> None:
    """Write the spool of the photos of each annotation file, ``read.json`` last.

    Raises OSError if the disk is full.
    """
    folder = storage.import_dir(import_id)
    names = []
    with atomic_path(folder / "photos.msgpack") as unfinished, unfinished.open("wb") as out:
        for number, images in enumerate(files):
            for image in images:
                names.append(_listed(image, number, out.tell()))
                record = _encoder.encode(image)
                out.write(len(record).to_bytes(LENGTH, "big"))
                out.write(record)
    _write(folder / "names.msgpack", _encoder.encode(names))
    _write(folder / "read.json", msgspec.json.encode(reading))


def read(import_id: int) -> Reading:
    """The description. Raises FileNotFoundError if the import has not been read."""
    return msgspec.json.decode((storage.import_dir(import_id) / "read.json").read_bytes(), type=Reading)


def listed(import_id: int) -> list[ListedImage]:
    """The listed photos."""
    data = (storage.import_dir(import_id) / "names.msgpack").read_bytes()
    return msgspec.msgpack.decode(data, type=list[ListedImage])


@contextmanager
def photos(import_id: int) -> Iterator[Callable[[ListedImage], ParsedImage]]:
    """A function that reads a listed photo with its shapes; fast in the order of ``listed``."""
    with (storage.import_dir(import_id) / "photos.msgpack").open("rb") as file:

        def read_photo(listed: ListedImage) -> ParsedImage:
            if file.tell() != listed.offset:
                file.seek(listed.offset)
            return _photo.decode(file.read(int.from_bytes(file.read(LENGTH), "big")))

        yield read_photo


def _listed(image: ParsedImage, file: int, offset: int) -> ListedImage:
    shapes: dict[str, int] = {}
    for shape in image.shapes:
        shapes[shape.category] = shapes.get(shape.category, 0) + 1
    return ListedImage(
        file_name=image.file_name,
        file=file,
        offset=offset,
        width=image.width,
        height=image.height,
        other_names=image.other_names,
        shapes=shapes,
        split=image.split,
        sha256=image.sha256,
        no_object=image.no_object,
        drawing=drawing_of(image),
        entries=image.entries,
    )


def _write(path: Path, data: bytes) -> None:
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(data)
