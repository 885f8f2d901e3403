"""Writes the labels of a model in any format, alone or in a zip with the photos.

The labels are read from one snapshot into files on disk, so that an export is consistent and a slow download
keeps no database connection.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from zipfile import ZIP_DEFLATED

from flask_babel import gettext as _
from zipstream import ZipStream

from webapp.core import storage
from webapp.exchange.exports.label_reader import snapshot
from webapp.exchange.exports.selection import ExportSelection
from webapp.formats.coco.document import ExportImage
from webapp.formats.exports.members import MemberStore
from webapp.formats.exports.writer import ExportContext, FormatLoss, Losses
from webapp.formats.files.handed_out_names import HandedOutNames, legal_name
from webapp.formats.files.spool import Spool
from webapp.formats.via.writer import ViaWords
from webapp.models import DetectionModel

EVERY = 200
"""Progress is reported after so many photos."""
COMPRESSION = 1
"""Of zlib: labels shrink by it as well as they need to, in a third of the time of its default."""
PACKED = {".png"}
"""Suffixes of files that do not shrink."""


@dataclass
class LabelFile:
    """Written labels, and the list of their photos."""

    labels: MemberStore
    photo_list: Spool
    """One line of JSON for each photo: its path in the zip and on the disk. Empty without photos."""
    photos: int = 0
    shapes: int = 0
    photo_bytes: int = 0
    missing: int = 0
    """Photos whose file was missing when the zip was made."""
    losses: Losses = field(default_factory=Losses)

    def close(self) -> None:
        """Delete the temporary files."""
        self.labels.close()
        self.photo_list.close()


def write(
    model: DetectionModel,
    choice: ExportSelection,
    on_progress: Callable[[int], None] = lambda photos: None,
) -> LabelFile:
    """Write the labels; ``on_progress`` is called with the number of photos done.

    Raises OSError where the disk is full.
    """
    folder = storage.exports_dir()
    file = LabelFile(MemberStore(folder), Spool(folder))
    try:
        _write(file, model, choice, on_progress)
    except BaseException:
        file.close()
        raise
    return file


def count_losses(model: DetectionModel, choice: ExportSelection) -> Losses:
    """``losses`` of what ``write`` would give."""
    file = LabelFile(MemberStore(), Spool())
    try:
        _write(file, model, choice, lambda photos: None, counting=True)
    finally:
        file.close()
    return file.losses


def _write(
    file: LabelFile,
    model: DetectionModel,
    choice: ExportSelection,
    on_progress: Callable[[int], None],
    counting: bool = False,
) -> None:
    with snapshot(model.id, choice.split, unused_categories=True) as labels:
        context = ExportContext(
            model.name, labels.categories, choice.photos, _words(), storage.exports_dir(), counting
        )
        written_as = choice.written_as
        writer = written_as.writer(context)
        names = HandedOutNames(written_as.unique_stems)
        for photo in labels.photos:
            image = photo.image
            if choice.photos:
                image = _renamed(image, names.give(image.file_name, photo.suffix))
            elif written_as.unique_stems:
                # Without the photos names are those of the photos that somebody has, as far as these differ.
                name = PurePath(image.file_name)
                image = _renamed(image, names.give(name.stem, "") + name.suffix)
            writer.losses[FormatLoss.RENAMED] += image is not photo.image
            file.labels.add(writer.add(image, photo.shapes))
            file.photos += 1
            file.shapes += len(photo.shapes)
            if choice.photos and not counting:
                path = storage.image_path(image.sha256, photo.suffix)
                file.photo_list.write(json.dumps([writer.photo_path(image), str(path)]).encode() + b"\n")
                file.photo_bytes += image.size
            if file.photos % EVERY == 0:
                on_progress(file.photos)
        file.labels.add(writer.finish())
        file.losses = +writer.losses


def _renamed(image: ExportImage, name: str) -> ExportImage:
    return image if name == image.file_name else replace(image, file_name=name, original_name=image.file_name)


def _words() -> ViaWords:
    return ViaWords(
        category=_("Category"),
        object=_("Regions with the same number are one object"),
        crowd=_("Several objects in one shape"),
        split=_("Part of the data"),
        no_object=_("No object here"),
    )


def chunks(
    file: LabelFile,
    choice: ExportSelection,
    on_progress: Callable[[int], None] = lambda photos: None,
) -> Iterator[bytes]:
    """The export in chunks: the one document, or the zip while it is made. Needs no app context; closes ``file``."""
    try:
        if choice.suffix == ".zip":
            yield from _zip_chunks(file, on_progress)
        else:
            for _path, content in file.labels:
                yield from content
    finally:
        file.close()


def _zip_chunks(file: LabelFile, on_progress: Callable[[int], None]) -> Iterator[bytes]:
    archive = ZipStream()
    for number, (name, content) in enumerate(file.labels, start=1):
        if Path(name).suffix in PACKED:
            archive.add(content, name)
        else:
            archive.add(content, name, compress_type=ZIP_DEFLATED, compress_level=COMPRESSION)
        if number % EVERY == 0:
            # Yield it before adding the next ones, so that few are pending in the archive.
            yield from archive.all_files()
    yield from archive.all_files()
    for number, line in enumerate(file.photo_list.lines(), start=1):
        name, path = json.loads(line)
        if Path(path).is_file():
            # Uncompressed, since photos do not shrink.
            archive.add_path(path, name)
        else:
            file.missing += 1
        if number % EVERY == 0:
            yield from archive.all_files()
            on_progress(number)
    yield from archive.all_files()
    yield from archive.footer()


def filename(model: DetectionModel, choice: ExportSelection) -> str:
    """«Ball screw-train-coco.json», without what a file name cannot hold."""
    parts = [
        legal_name(model.name, "model"),
        *([choice.split.value] if choice.split else []),
        choice.format.value,
    ]
    return "-".join(parts) + choice.suffix
