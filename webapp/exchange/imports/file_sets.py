"""Labels that several files of an import make up (YOLO, masks): finds the sets and tells masks from photos."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import current_app

from webapp.core.extensions import db
from webapp.exchange.imports import files as import_files
from webapp.exchange.imports import known_images
from webapp.exchange.imports.findings import ImportFindings
from webapp.exchange.imports.small_files import Contents
from webapp.formats.annotations.options import DEFAULT_OPTIONS, ReadOptions
from webapp.formats.annotations.parsed import AnnotationFormat, FormatRejected, ParsedAnnotations
from webapp.formats.png_masks.boxes import drop_boxes_of_masks
from webapp.formats.png_masks.class_names import is_class_file
from webapp.formats.png_masks.layout import may_be_mask, places
from webapp.formats.png_masks.reader import read_masks
from webapp.formats.sets.files import SetFile, SetPhoto, SetReading, suffix_of
from webapp.formats.sets.photo_index import PhotoIndex
from webapp.formats.sets.reading import with_texts
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


def read(
    data_import: DataImport, contents: Contents, store: bool, options: ReadOptions = DEFAULT_OPTIONS
) -> FileSets:
    """Find and read the sets among the files of an import whose photos were checked.

    Afterwards files of the kind ``MASK`` are masks; the others that were of this kind are photos, checked and, with
    ``store``, stored. Commits.
    """
    reader = _Reader(data_import, contents, store, options)
    maybe, repeated = reader.possible_masks()
    likely = {place.path for place in places(maybe)}
    reader.take_as_photos([*repeated, *(file for path, file in maybe.items() if path not in likely)])
    while True:
        photos = PhotoIndex(
            _sent_photos(data_import),
            lambda: [SetPhoto(*photo) for photo in known_images.sizes(data_import.model_id)],
        )
        masks = reader.masks(likely, photos)
        if likely <= masks.masks:
            break
        # A picture among labels that is no mask is a photo, and some of the masks may be its own.
        reader.take_as_photos([maybe[path] for path in likely - masks.masks])
        likely &= masks.masks
    reading = reader.with_texts(masks, photos)
    # Where the texts are refused the masks are photos too.
    reader.take_as_photos([maybe[path] for path in likely - reading.masks])
    return FileSets(photos, [(ImportFile(path=one.path), one.parsed) for one in reading.sets], reading.taken)


class _Reader:
    def __init__(
        self, data_import: DataImport, contents: Contents, store: bool, options: ReadOptions
    ) -> None:
        self._import = data_import
        self._contents = contents
        self._store = store
        self._options = options
        # Each commit makes a row ask the database again: what is read stands outside of them.
        self._texts = [self._set_file(file) for file in self._rows_of_texts()]
        self._pictures: dict[str, SetFile] = {}

    def masks(self, pictures: set[str], photos: PhotoIndex) -> SetReading:
        """The sets of masks among these pictures; none where they are refused."""
        if not pictures:
            return SetReading()
        limit = current_app.extensions["settings"].max_image_pixels
        chosen = [self._pictures[path] for path in sorted(pictures)]
        try:
            return read_masks(self._texts, chosen, photos, self._options, limit)
        except FormatRejected as error:
            self._refuse(error)
            return SetReading()

    def with_texts(self, masks: SetReading, photos: PhotoIndex) -> SetReading:
        """These and the sets of texts; none at all where a text is refused."""
        try:
            return with_texts(masks, self._texts, photos, self._options)
        except FormatRejected as error:
            self._refuse(error)
            return SetReading()

    def possible_masks(self) -> tuple[dict[str, ImportFile], list[ImportFile]]:
        """Pictures that may be masks, by their path: also those that an earlier reading of this import took as photos.

        Of several with one path the last counts; the second result are the others, which are photos.
        """
        found: dict[str, ImportFile] = {}
        repeated = []
        for file in import_files.files_of(self._import, FileKind.MASK, FileKind.PHOTO):
            if file.kind is FileKind.PHOTO:
                if not may_be_mask(file.path) or not self._contents.has(file):
                    continue
                file.kind, file.sha256, file.fault = FileKind.MASK, None, None
            if file.fault is not None:
                continue
            if file.path in found:
                repeated.append(found[file.path])
            found[file.path] = file
            self._pictures[file.path] = self._set_file(file)
        return found, repeated

    def take_as_photos(self, files: list[ImportFile]) -> None:
        """Check pictures that are no masks; their bytes stay, as more files of the set may still come."""
        if not files:
            return
        for number, file in enumerate(files, start=1):
            file.kind = FileKind.PHOTO
            with self._contents.open(file) as stream:
                import_files.check(file, stream, self._store)
            if number % COMMIT_EVERY == 0:
                db.session.commit()
        db.session.commit()

    def _set_file(self, file: ImportFile) -> SetFile:
        return SetFile(file.path, self._contents.place(file))

    def _rows_of_texts(self) -> Iterator[ImportFile]:
        for file in import_files.files_of(self._import, FileKind.ANNOTATIONS):
            if file.fault is None and _may_be_of_set(file.path):
                yield file

    def _refuse(self, error: FormatRejected) -> None:
        for file in self._rows_of_texts():
            file.fault = image_faults.fault_document(error.code, **error.params)
        self._texts = []
        db.session.commit()


def _may_be_of_set(path: str) -> bool:
    return suffix_of(path) in SUFFIXES or is_class_file(path)


def _sent_photos(data_import: DataImport) -> list[SetPhoto]:
    return [
        SetPhoto(file.path, file.width, file.height, file.sha256 or "")
        for file in import_files.files_of(data_import, FileKind.PHOTO)
        if file.fault is None and file.width and file.height
    ]
