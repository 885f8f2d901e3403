"""Reads the files of an import: unpacks zips, checks photos, parses annotations of any format."""

import gc
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select, text

from webapp.core.backups import kept_files
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.imports import file_sets, small_files, spool
from webapp.exchange.imports import files as import_files
from webapp.exchange.imports.findings import ImportFindings
from webapp.exchange.imports.small_files import Contents
from webapp.exchange.imports.spool import Reading
from webapp.formats.annotations.any_format import embedded_images, parse_annotations, place_of
from webapp.formats.annotations.matching import match_images
from webapp.formats.annotations.options import (
    DEFAULT_OPTIONS,
    Question,
    QuestionName,
    ReadOptions,
    merge_questions,
)
from webapp.formats.annotations.parsed import FormatRejected, ParsedAnnotations
from webapp.formats.files.any_archive import AnyArchive, open_archive
from webapp.formats.files.archive import ArchiveFault, ArchiveRejected, Member
from webapp.formats.files.filenames import safe_path
from webapp.images import faults as image_faults
from webapp.models import DataImport, FileKind, Image, ImportFile

Progress = Callable[[int, int], None]
"""Called with the number of files done and in total; may raise to stop."""
NAMES_SHOWN = 20
REPORT_EVERY = 0.2
"""Seconds between two reports of progress."""
SMALL = 64 * 2**10
"""Bytes; files of a zip that are no larger are stored together."""
SMALL_AT_ONCE = 500
COMMIT_EVERY = 20
"""Photos of a zip in one transaction, which locks the rows of their files."""


def read(
    data_import: DataImport,
    on_progress: Progress,
    store: bool = True,
    options: ReadOptions = DEFAULT_OPTIONS,
) -> None:
    """Read all files into the spool of the import. Commits in between.

    With ``store`` false photos are checked but not stored, for a preview that changes nothing. Raises OSError
    if the disk is full, UserError for an answer that the files do not allow, and exceptions of ``on_progress``.
    """
    reader = _Reader(data_import, on_progress, store)
    reader.forget_derived()
    reader.unpack()
    reader.check_photos()
    reader.parse(options)


def read_again(data_import: DataImport, on_progress: Progress, options: ReadOptions) -> None:
    """Read the annotation files of an import that was read by other answers; its photos stay. Raises as ``read``."""
    reader = _Reader(data_import, on_progress, store=True)
    reader.archive_findings.extend(spool.read(data_import.id).archive_findings)
    reader.parse(options)


_INSERT_TEXTS = text("""
INSERT INTO import_file (import_id, derived, kind, path, size)
SELECT :import_id, true, 'annotations', path, size
FROM unnest(CAST(:paths AS text[]), CAST(:sizes AS bigint[])) WITH ORDINALITY AS sent(path, size, place)
ORDER BY place RETURNING id
""")


class _Reader:
    def __init__(self, data_import: DataImport, on_progress: Progress, store: bool) -> None:
        self.data_import = data_import
        self.store = store
        self.limit_mb = current_app.extensions["settings"].max_annotations_mb
        self.photo_limit_mb = current_app.extensions["settings"].max_photo_mb
        self.archive_findings, self.label_findings = ImportFindings(), ImportFindings()
        self._on_progress = on_progress
        self.done = 0
        self.total = 0
        self._reported = 0.0
        self._small: list[tuple[ImportFile, bytes]] = []
        """Members of a zip whose rows are not written yet."""
        self._texts: list[tuple[Member, bytes]] = []
        """Small annotation files among them, which are rows alone."""
        self._kept: list[tuple[int, bytes]] = []
        """Ids and bytes of small files whose rows are written."""

    def forget_derived(self) -> None:
        """Delete files that an earlier reading extracted from zips; stored photos are found again by their hash."""
        files = self._files()
        contents = Contents(self.data_import.id)
        kept_files.may_go()
        for file in files:
            if file.derived:
                contents.remove(file)
        small_files.forget(self.data_import.id)
        db.session.execute(
            delete(ImportFile).where(ImportFile.import_id == self.data_import.id, ImportFile.derived)
        )
        db.session.commit()
        self.total = sum(not file.derived for file in files)
        self.step(0)

    def step(self, files: int = 1) -> None:
        """Report progress, not for each of thousands of small files."""
        self.done += files
        moment = time.monotonic()
        if moment - self._reported >= REPORT_EVERY:
            self._reported = moment
            self._on_progress(self.done, max(self.total, self.done))

    def unpack(self) -> None:
        """Extract photos and annotation files from the zips."""
        for file in self._files(FileKind.ZIP):
            try:
                with open_archive(import_files.path_of(file)) as archive:
                    self.total += len(archive.members)
                    self._take_members(file, archive)
            except ArchiveRejected as error:
                file.fault = image_faults.fault_document(error.code, **error.params)
                db.session.commit()
            self.step()

    def _take_members(self, file: ImportFile, archive: AnyArchive) -> None:
        name = PurePosixPath(file.path).name
        for problem in archive.problems:
            fault = image_faults.sentence(image_faults.fault_document(problem.code))
            self.archive_findings.add("skipped", "file_refused", [f"{problem.name}: {fault}"], file=name)
        if archive.litter:
            self.archive_findings.add("skipped", "system_file", [], archive.litter, name)
        taken = photos = 0
        for member in archive.members:
            photos += self._take_member(archive, member)
            taken += 1
            if photos == COMMIT_EVERY or taken == SMALL_AT_ONCE:
                self._commit_members(taken)
                taken = photos = 0
        self._commit_members(taken)

    def _commit_members(self, count: int) -> None:
        self._store_small()
        db.session.commit()
        self.step(count)

    def _store_small(self) -> None:
        """Write the rows of small files in one statement, then their bytes: what breaks off is unpacked again."""
        db.session.flush()
        self._kept += [
            (file.id, content) for file, content in self._small if file.kind is not FileKind.LITTER
        ]
        self._small.clear()
        self._write_texts()
        if self._kept:
            small_files.add(self.data_import.id, self._kept)
            self._kept.clear()

    def _write_texts(self) -> None:
        """Write the rows of small annotation files; ten thousand objects take a second of a core more."""
        if not self._texts:
            return
        paths, sizes = zip(*((member.name, member.size) for member, _content in self._texts), strict=True)
        values = {"import_id": self.data_import.id, "paths": list(paths), "sizes": list(sizes)}
        ids = sorted(db.session.scalars(_INSERT_TEXTS, values))
        self._kept += zip(ids, (content for _member, content in self._texts), strict=True)
        self._texts.clear()

    def _take_member(self, archive: AnyArchive, member: Member) -> bool:
        """Whether it was a photo."""
        taken = ImportFile(import_id=self.data_import.id, path=member.name, size=member.size, derived=True)
        try:
            with archive.open(member) as stream:
                head = cast(io.BufferedReader, stream).peek(import_files.HEAD)[: import_files.HEAD]
                taken.kind = import_files.kind_of(head, member.name)
                if taken.kind is FileKind.ANNOTATIONS:
                    if member.size <= SMALL:
                        self._texts.append((member, stream.read()))
                        return False
                    # The order of the archive is that of the ids, and which labels are the first ones.
                    self._write_texts()
                db.session.add(taken)
                if taken.kind is FileKind.ZIP:
                    taken.fault = image_faults.fault_document(ArchiveFault.NESTED)
                elif taken.kind is FileKind.PHOTO and member.size > self.photo_limit_mb * 2**20:
                    taken.fault = image_faults.fault_document("photo_too_large", limit=self.photo_limit_mb)
                elif taken.kind is FileKind.PHOTO:
                    import_files.check_and_store(taken, io.BytesIO(stream.read()), store=self.store)
                elif member.size <= SMALL:
                    self._small.append((taken, stream.read()))
                else:
                    import_files.check_and_store(taken, cast(BinaryIO, stream))
        except ArchiveRejected as error:
            taken.kind = taken.kind or FileKind.PHOTO
            taken.fault = image_faults.fault_document(error.code, **error.params)
            db.session.add(taken)
        return taken.kind is FileKind.PHOTO

    def check_photos(self) -> None:
        """Check photos that were not checked at their upload."""
        for file in self._files(FileKind.PHOTO):
            if file.sha256 is None and file.fault is None:
                with import_files.path_of(file).open("rb") as stream:
                    import_files.check(file, stream, self.store)
                kept_files.may_go()
                import_files.path_of(file).unlink(missing_ok=True)
                db.session.commit()
            if not file.derived:
                self.step()

    def parse(self, options: ReadOptions) -> None:
        """Parse the annotation files, and extract embedded photos."""
        parsed: list[tuple[ImportFile, ParsedAnnotations]] = []
        self.contents = Contents(self.data_import.id)
        with _no_collections():
            sets = file_sets.read(self.data_import, self.contents, self.store, options)
        for file in self._files(FileKind.ANNOTATIONS):
            of_set = file.path in sets.taken
            found = self._parse(file, options) if file.fault is None and not of_set else None
            if found is not None:
                parsed.append((file, found))
            self.step()
        sets.drop_boxes(parsed, self.label_findings)
        for file, found in sets.parsed:
            self.label_findings.add_parsed(found.fixed, found.skipped, file.path)
        parsed += sets.parsed
        questions = merge_questions(question for _file, found in parsed for question in found.questions)
        _check_annotator(options, questions)
        self._take_embedded(parsed)
        reading = Reading(
            version=spool.VERSION,
            files=[_described(file, found) for file, found in parsed],
            categories=list(dict.fromkeys(name for _file, found in parsed for name in found.categories)),
            annotations_in_file=sum(found.annotations_in_file for _file, found in parsed),
            options=options,
            questions=questions,
        )
        reading.archive_findings = self.archive_findings.document()
        reading.label_findings = self.label_findings.document()
        spool.write(self.data_import.id, reading, (found.images for _file, found in parsed))
        db.session.commit()

    def _parse(self, file: ImportFile, options: ReadOptions) -> ParsedAnnotations | None:
        try:
            with _no_collections():
                found = parse_annotations(
                    self.contents.source(file), file.path, self.limit_mb * 2**20, options
                )
        except FormatRejected as error:
            file.fault = image_faults.fault_document(error.code, **error.params)
            db.session.commit()
            return None
        self.label_findings.add_parsed(found.fixed, found.skipped, file.path)
        return found

    def _take_embedded(self, files: list[tuple[ImportFile, ParsedAnnotations]]) -> None:
        """Extract photos embedded in labelme and VIA 1 files, unless uploaded as a file or in the model."""
        embedded = {
            image.file_name: (image.other_names, place_of(file.path))
            for file, found in files
            for image in found.images
            if image.embedded
        }
        if not embedded:
            return
        places = {name: place for name, (_others, place) in embedded.items()}
        sent = [file.path for file in self._files(FileKind.PHOTO) if file.fault is None]
        there = db.session.scalars(select(Image.filename).where(Image.model_id == self.data_import.model_id))
        missing = set(match_images(embedded, [*sent, *there], places=places).missing)
        # Nor if it came converted or renamed.
        missing -= match_images(missing, sent, places=places, by_stem=True).pairs.keys()
        missing = {name for name in missing if not match_images(embedded[name][0], sent, by_stem=True).pairs}
        for file, found in files:
            if not any(image.embedded and image.file_name in missing for image in found.images):
                continue
            for name, content in embedded_images(
                self.contents.source(file), file.path, self.limit_mb * 2**20
            ):
                if name in missing:
                    missing.discard(name)
                    self._take_photo(name, content or b"")

    def _take_photo(self, name: str, content: bytes) -> None:
        taken = ImportFile(
            import_id=self.data_import.id,
            path=safe_path(name),
            size=len(content),
            kind=FileKind.PHOTO,
            derived=True,
        )
        db.session.add(taken)
        import_files.check(taken, io.BytesIO(content), self.store)
        db.session.commit()

    def _files(self, *kinds: FileKind) -> list[ImportFile]:
        return import_files.files_of(self.data_import, *kinds)


def _check_annotator(options: ReadOptions, questions: list[Question]) -> None:
    """Raises UserError (422) for somebody who labelled nothing in these files."""
    names = [name for one in questions if one.name is QuestionName.ANNOTATOR for name in one.choices]
    if options.annotator is not None and names and options.annotator not in names:
        raise UserError(
            _(
                "Nobody of this name labelled these photos: choose one of %(names)s.",
                names=", ".join(names[:NAMES_SHOWN]),
            ),
            code="annotator_unknown",
            field=QuestionName.ANNOTATOR,
        )


@contextmanager
def _no_collections() -> Iterator[None]:
    """Disable the garbage collector, which would repeatedly scan hundreds of thousands of live lists."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _described(file: ImportFile, found: ParsedAnnotations) -> dict[str, object]:
    return {
        "path": file.path,
        "format": str(found.format),
        "photos": len(found.images),
        "shapes": found.annotations_taken,
    }
