"""Writes the labels of a model as COCO or VIA, alone or in a zip with the photos.

The labels are read from one snapshot into a spool on disk, so that the file is consistent and a slow download
keeps no database connection.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

from flask_babel import gettext as _
from zipstream import ZipStream

from webapp.core import storage
from webapp.exchange.exports.label_reader import snapshot
from webapp.formats.coco.writer import CocoStream
from webapp.formats.files.spool import Spool
from webapp.formats.via.writer import ViaStream, ViaWords
from webapp.models import DetectionModel, Split

EVERY = 200
"""Progress is reported after so many photos."""
PHOTOS_FOLDER = "photos/"


class LabelFormat(StrEnum):
    """Format of the labels."""

    COCO = "coco"
    VIA = "via"


LABELS_NAME = {LabelFormat.COCO: "annotations.json", LabelFormat.VIA: "via_project.json"}
"""File name inside a zip."""


@dataclass(frozen=True)
class ExportSelection:
    """What somebody wants to take away."""

    split: Split | None = None
    """None: all splits."""
    format: LabelFormat = LabelFormat.COCO
    photos: bool = False
    """Include the photos, in a zip."""

    def as_document(self) -> dict[str, Any]:
        """For parameters of a run and for URLs."""
        return {
            "split": self.split.value if self.split else None,
            "format": self.format.value,
            "photos": self.photos,
        }


def choice_of(document: dict[str, Any]) -> ExportSelection:
    """The choice again."""
    split = document["split"]
    return ExportSelection(
        Split(split) if split else None, LabelFormat(document["format"]), document["photos"]
    )


@dataclass
class LabelFile:
    """Written labels, and the list of their photos."""

    labels: Spool
    photo_list: Spool
    """One line of JSON for each photo: name and path. Empty without photos."""
    photos: int = 0
    shapes: int = 0
    photo_bytes: int = 0
    missing: int = 0
    """Photos whose file was missing when the zip was made."""
    changes: dict[str, int] = field(default_factory=dict)
    """Number of shapes that a VIA project has in another form; see ViaChanges."""

    def close(self) -> None:
        """Delete the spool."""
        self.labels.close()
        self.photo_list.close()


def write(
    model: DetectionModel, choice: ExportSelection, on_progress: Callable[[int], None] = lambda photos: None
) -> LabelFile:
    """Write the labels; ``on_progress`` is called with the number of photos done.

    Raises OSError where the disk is full.
    """
    folder = storage.exports_dir()
    file = LabelFile(Spool(folder), Spool(folder))
    try:
        with snapshot(model.id, choice.split, unused_categories=True) as labels:
            stream = _stream(model, choice, file.labels, labels.categories)
            for photo in labels.photos:
                stream.add(photo.image, photo.shapes)
                if choice.photos:
                    path = storage.image_path(photo.image.sha256, photo.suffix)
                    file.photo_list.write(json.dumps([photo.image.file_name, str(path)]).encode() + b"\n")
                    file.photo_bytes += photo.image.size
                if stream.photos % EVERY == 0:
                    on_progress(stream.photos)
            stream.finish()
    except BaseException:
        file.close()
        raise
    file.photos, file.shapes = stream.photos, stream.shapes
    if isinstance(stream, ViaStream):
        file.changes = stream.changes.as_document()
    return file


def _stream(
    model: DetectionModel, choice: ExportSelection, out: Spool, categories: list[str]
) -> CocoStream | ViaStream:
    if choice.format == LabelFormat.COCO:
        return CocoStream(out, categories)
    words = ViaWords(
        category=_("Category"),
        object=_("Regions with the same number are one object"),
        crowd=_("Several objects in one shape"),
        split=_("Part of the data"),
        no_object=_("No object here"),
    )
    return ViaStream(out, model.name, categories, words, PHOTOS_FOLDER if choice.photos else "")


def chunks(
    file: LabelFile, choice: ExportSelection, on_progress: Callable[[int], None] = lambda photos: None
) -> Iterator[bytes]:
    """The export in chunks: the labels, or the zip while it is made. Needs no app context; closes ``file``."""
    try:
        yield from _zip_chunks(file, choice, on_progress) if choice.photos else file.labels.chunks()
    finally:
        file.close()


def _zip_chunks(
    file: LabelFile, choice: ExportSelection, on_progress: Callable[[int], None]
) -> Iterator[bytes]:
    archive = ZipStream()
    archive.add(file.labels.chunks(), LABELS_NAME[choice.format], compress_type=ZIP_DEFLATED)
    yield from archive.all_files()
    for number, line in enumerate(file.photo_list.lines(), start=1):
        name, path = json.loads(line)
        if Path(path).is_file():
            # Uncompressed, since photos do not shrink.
            archive.add_path(path, PHOTOS_FOLDER + name)
        else:
            file.missing += 1
        if number % EVERY == 0:
            # Yield it before adding the next ones, so that few are pending in the archive.
            yield from archive.all_files()
            on_progress(number)
    yield from archive.all_files()
    yield from archive.footer()


def filename(model: DetectionModel, choice: ExportSelection) -> str:
    """«Ball screw-train-coco.json», without what a file name cannot hold."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", model.name).strip(" .") or "model"
    parts = [name, *([choice.split.value] if choice.split else []), choice.format.value]
    return "-".join(parts) + (".zip" if choice.photos else ".json")
