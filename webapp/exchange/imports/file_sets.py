"""Labels that several files of an import make up (YOLO, masks): finds the sets and tells masks from photos."""

from dataclasses import dataclass, field

from flask import current_app

from webapp.core.extensions import db
from webapp.exchange.imports import files as import_files
from webapp.exchange.imports import known_images
from webapp.exchange.imports.findings import ImportFindings
from webapp.formats.annotations.options import DEFAULT_OPTIONS, ReadOptions
from webapp.formats.annotations.parsed import AnnotationFormat, FormatRejected, ParsedAnnotations
from webapp.formats.png_masks.boxes import drop_boxes_of_masks
from webapp.formats.png_masks.class_names import is_class_file
from webapp.formats.png_masks.layout import may_be_mask, places
from webapp.formats.sets.files import SetFile, SetPhoto, SetReading, suffix_of
from webapp.formats.sets.photo_index import PhotoIndex
from webapp.formats.sets.reading import read_sets
from webapp.formats.yolo.reader import SUFFIXES
from webapp.images import faults as image_faults
from webapp.models import DataImport, FileKind, ImportFile

COMMIT_EVERY = 20
"""Pictures checked as photos in one transaction, which locks the rows of their files."""


@dataclass
class FileSets:
    """What the sets of an import hold."""

    photos: PhotoIndex
    parsed: list[tuple[ImportFile, ParsedAnnotations]] = field(default_factory=list)
    """The labels of each set, with a file that is in no table and stands for the set."""
    taken: set[str] = field(default_factory=set)
    """Paths of the texts that belong to a set."""

    def drop_boxes(self, files: list[tuple[ImportFile, ParsedAnnotations]], findings: ImportFindings) -> None:
        """Leave out boxes in files of Pascal VOC whose objects are among the masks."""
        masks = [found for _file, found in self.parsed if found.format == AnnotationFormat.VOC_MASKS]
        for one in masks:
            for file, found in files:
                findings.add_parsed([], drop_boxes_of_masks(found, one, self.photos), file.path)


def read(data_import: DataImport, store: bool, options: ReadOptions = DEFAULT_OPTIONS) -> FileSets:
    """Find and read the sets among the files of an import whose photos were checked.

    Afterwards files of the kind ``MASK`` are masks; the others that were of this kind are photos, checked and, with
    ``store``, stored. Commits.
    """
    maybe, repeated = _possible_masks(data_import)
    likely = {place.path for place in places(maybe)}
    _take_as_photos([*repeated, *(file for path, file in maybe.items() if path not in likely)], store)
    while True:
        photos = PhotoIndex(
            _sent_photos(data_import),
            lambda: [SetPhoto(*photo) for photo in known_images.sizes(data_import.model_id)],
        )
        reading = _read(data_import, [maybe[path] for path in sorted(likely)], photos, options)
        if likely <= reading.masks:
            break
        # A picture among labels that is no mask is a photo, and some of the labels may be its own.
        _take_as_photos([maybe[path] for path in likely - reading.masks], store)
        likely &= reading.masks
    return FileSets(photos, [(ImportFile(path=one.path), one.parsed) for one in reading.sets], reading.taken)


def _read(
    data_import: DataImport, pictures: list[ImportFile], photos: PhotoIndex, options: ReadOptions
) -> SetReading:
    texts = [
        file
        for file in import_files.files_of(data_import, FileKind.ANNOTATIONS)
        if file.fault is None and _may_be_of_set(file.path)
    ]
    if not texts and not pictures:
        return SetReading()
    try:
        return read_sets(
            map(_set_file, texts),
            map(_set_file, pictures),
            photos,
            options,
            current_app.extensions["settings"].max_image_pixels,
        )
    except FormatRejected as error:
        for file in texts:
            file.fault = image_faults.fault_document(error.code, **error.params)
        db.session.commit()
        return SetReading()


def _set_file(file: ImportFile) -> SetFile:
    return SetFile(file.path, import_files.path_of(file))


def _may_be_of_set(path: str) -> bool:
    return suffix_of(path) in SUFFIXES or is_class_file(path)


def _possible_masks(data_import: DataImport) -> tuple[dict[str, ImportFile], list[ImportFile]]:
    """Pictures that may be masks, by their path: also those that an earlier reading of this import took as photos.

    Of several with one path the last counts; the second result are the others, which are photos.
    """
    found: dict[str, ImportFile] = {}
    repeated = []
    for file in import_files.files_of(data_import, FileKind.MASK, FileKind.PHOTO):
        if file.kind is FileKind.PHOTO:
            if not may_be_mask(file.path) or not import_files.path_of(file).is_file():
                continue
            file.kind, file.sha256, file.fault = FileKind.MASK, None, None
        if file.fault is not None:
            continue
        if file.path in found:
            repeated.append(found[file.path])
        found[file.path] = file
    return found, repeated


def _take_as_photos(files: list[ImportFile], store: bool) -> None:
    """Check pictures that are no masks; their bytes stay, as more files of the set may still come."""
    for number, file in enumerate(files, start=1):
        file.kind = FileKind.PHOTO
        with import_files.path_of(file).open("rb") as stream:
            import_files.check(file, stream, store)
        if number % COMMIT_EVERY == 0:
            db.session.commit()
    db.session.commit()


def _sent_photos(data_import: DataImport) -> list[SetPhoto]:
    return [
        SetPhoto(file.path, file.width, file.height, file.sha256 or "")
        for file in import_files.files_of(data_import, FileKind.PHOTO)
        if file.fault is None and file.width and file.height
    ]
