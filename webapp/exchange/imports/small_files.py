"""Small files from the archives of an import, kept together in one file.

A set of labels may be 10,000 texts of some hundred bytes: as files of their own they cost the file system more than
reading them costs the product.
"""

import io
import struct
from collections.abc import Iterable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from webapp.core import storage
from webapp.exchange.imports import files as import_files
from webapp.formats.sets.files import MappedPart
from webapp.models import ImportFile

BYTES, PLACES = "small_files", "small_files.index"
"""Names in the folder of the import, whose other files are named by numbers."""
_PLACE = struct.Struct("<QQQ")
"""Row id, offset and size of one file."""


def add(import_id: int, files: Iterable[tuple[int, bytes]]) -> None:
    """Keep the bytes of these rows. Raises OSError if the disk is full."""
    folder = storage.import_dir(import_id)
    places: list[bytes] = []
    with (folder / BYTES).open("ab") as out:
        for row_id, content in files:
            places.append(_PLACE.pack(row_id, out.tell(), len(content)))
            out.write(content)
    with (folder / PLACES).open("ab") as out:
        out.write(b"".join(places))


def forget(import_id: int) -> None:
    """Delete all that was kept."""
    for name in (PLACES, BYTES):
        (storage.import_dir(import_id) / name).unlink(missing_ok=True)


class Contents:
    """The bytes of all files of an import, small or not, as they were when this was made."""

    def __init__(self, import_id: int) -> None:
        self._small = _parts(import_id)

    def place(self, file: ImportFile) -> Path | MappedPart:
        """Where the bytes are."""
        return self._small.get(file.id) or import_files.path_of(file)

    def source(self, file: ImportFile) -> Path | bytes:
        """The bytes of a small file, the path of another."""
        place = self.place(file)
        return place.read() if isinstance(place, MappedPart) else place

    def open(self, file: ImportFile) -> BinaryIO:
        """A stream of the bytes."""
        source = self.source(file)
        return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)

    def has(self, file: ImportFile) -> bool:
        """Whether the bytes are there."""
        place = self.place(file)
        return isinstance(place, MappedPart) or place.is_file()

    def remove(self, file: ImportFile) -> None:
        """Delete a file of its own; small ones go with ``forget``."""
        place = self.place(file)
        if isinstance(place, Path):
            place.unlink(missing_ok=True)


def _parts(import_id: int) -> dict[int, MappedPart]:
    folder = storage.import_dir(import_id)
    try:
        places = (folder / PLACES).read_bytes()
    except FileNotFoundError:
        return {}
    with (folder / BYTES).open("rb") as file:
        whole = mmap(file.fileno(), 0, access=ACCESS_READ) if file.seek(0, 2) else b""
    complete = places[: len(places) // _PLACE.size * _PLACE.size]
    return {row_id: MappedPart(whole, start, size) for row_id, start, size in _PLACE.iter_unpack(complete)}
