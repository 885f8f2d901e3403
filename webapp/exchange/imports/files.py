"""Stores uploaded files of an import and detects their kind by content."""

import errno
import io
import shutil
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.any_format import SUFFIXES
from webapp.formats.annotations.parsed import FormatFault
from webapp.formats.files import any_archive
from webapp.formats.files.filenames import is_accompanying_text, is_system_litter, safe_path
from webapp.formats.images.kinds import LFS_POINTER, sniff
from webapp.formats.images.kinds import SUFFIXES as SUFFIXES_OF_PHOTOS
from webapp.formats.images.rejected import ImageFault
from webapp.formats.png_masks.layout import may_be_mask
from webapp.formats.yolo.reader import SUFFIXES as YOLO_SUFFIXES
from webapp.images import faults as image_faults
from webapp.images import intake as image_intake
from webapp.images.intake import FileRefused, Upload
from webapp.models import DataImport, FileKind, ImportFile
from webapp.models.columns import measured_columns

HEAD = 4096
"""Number of first bytes used for detection."""
REPLACED = "file_replaced"
"""Fault of a file that was replaced by a later one with its path."""


_UNNAMED = {ImageFault.NOT_AN_IMAGE, ImageFault.TEXT}
"""Faults of files that may be labels of a kind that is not known."""


def receive(data_import: DataImport, upload: Upload, check_now: bool = True) -> ImportFile:
    """Store one uploaded file.

    Except photos, it replaces an earlier file with the same path; if that was valid and different, the report
    mentions it.

    Unusable files get a row with the reason, for the report. A photo is checked now or, with ``check_now``
    false, when the import is read. Commits. Raises UserError if the disk is full.
    """
    file = ImportFile(import_id=data_import.id, path=safe_path(upload.filename), size=_size(upload.stream))
    head = upload.stream.read(HEAD)
    upload.stream.seek(0)
    file.kind = kind_of(head, upload.filename)
    if file.kind in (FileKind.ANNOTATIONS, FileKind.ZIP):
        for earlier in _same_path(file):
            _make_way(earlier, upload.stream)
    db.session.add(file)
    try:
        check_and_store(file, upload.stream, check_now)
        db.session.commit()
    except OSError as error:
        db.session.rollback()
        raise_if_full(error)
        raise
    return file


def check_and_store(file: ImportFile, stream: BinaryIO, check_now: bool = True, store: bool = True) -> None:
    """Check the file and store its bytes. The caller added the row and commits.

    Raises OSError, and exceptions of the stream.
    """
    if file.kind is FileKind.LITTER:
        return
    if file.kind is FileKind.PHOTO and check_now:
        check(file, stream, store)
        return
    limit_mb = current_app.extensions["settings"].max_annotations_mb
    if file.kind is FileKind.ANNOTATIONS and file.size > limit_mb * 2**20:
        file.fault = image_faults.fault_document(FormatFault.TOO_LARGE, limit_mb=limit_mb)
        return
    limit_mb = current_app.extensions["settings"].max_photo_mb
    if file.kind is FileKind.MASK and file.size > limit_mb * 2**20:
        file.fault = image_faults.fault_document("photo_too_large", limit=limit_mb)
        return
    db.session.flush()
    # A file of a zip can be unpacked again.
    with atomic_path(path_of(file), flushed=not file.derived) as unfinished, unfinished.open("wb") as out:
        shutil.copyfileobj(stream, out, 2**20)


def check(file: ImportFile, stream: BinaryIO, store: bool = True) -> None:
    """Check a photo and fill in its row, or the fault; with ``store`` it is added to the stored photos.

    What is no picture at all is reported as unsupported, unless it is named as one.
    """
    try:
        photo = image_intake.check_image(Upload(file.path, stream))
    except FileRefused as refused:
        fault = refused.fault
        foreign = PurePosixPath(file.path).suffix.lower() not in SUFFIXES_OF_PHOTOS
        unknown = {ImageFault.NOT_AN_IMAGE} if is_accompanying_text(file.path) else _UNNAMED
        if foreign and fault["code"] in unknown:
            fault = image_faults.fault_document("file_kind")
        file.fault = fault
        return
    if store:
        image_intake.store_image(photo)
    file.sha256, file.width, file.height = photo.sha256, photo.width, photo.height
    file.orientation = photo.orientation
    file.remarks = [image_faults.remark_document(remark) for remark in photo.remarks]
    for column, value in measured_columns(photo.measured).items():
        setattr(file, column, value)


def kind_of(head: bytes, name: str) -> FileKind:
    """The kind by the first bytes, else by the name."""
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if is_system_litter(name):
        return FileKind.LITTER
    if head.startswith(LFS_POINTER):
        return FileKind.PHOTO  # refused as one, by its real name
    if any_archive.is_archive(head) or name.lower().endswith(any_archive.SUFFIXES):
        return FileKind.ZIP
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix in SUFFIXES or text[:1] in (b"{", b"[") or text.startswith(b"<?xml"):
        return FileKind.ANNOTATIONS
    if suffix in YOLO_SUFFIXES and sniff(head) is None:
        return FileKind.ANNOTATIONS
    return FileKind.MASK if may_be_mask(safe_path(name)) else FileKind.PHOTO


def path_of(file: ImportFile) -> Path:
    """Path of its bytes in the import's folder."""
    return storage.import_dir(file.import_id) / str(file.id)


def files_of(data_import: DataImport, *kinds: FileKind) -> list[ImportFile]:
    """The files in order of arrival."""
    chosen = select(ImportFile).where(ImportFile.import_id == data_import.id)
    if kinds:
        chosen = chosen.where(ImportFile.kind.in_(kinds))
    return list(db.session.scalars(chosen.order_by(ImportFile.id)))


def raise_if_full(error: OSError) -> None:
    """Raises UserError if the error means that the disk is full."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise UserError(
            _("The disk of the server is full: have room made, then add the file again."),
            code="disk_full",
            status=507,
        ) from error


def _make_way(earlier: ImportFile, stream: BinaryIO) -> None:
    """Remove it in favour of a later file with its path; if it was valid and different, keep a row for the report."""
    if earlier.fault is None and not _has_bytes_of(earlier, stream):
        earlier.fault = image_faults.fault_document(REPLACED)
    elif earlier.fault is None or earlier.fault["code"] != REPLACED:
        db.session.delete(earlier)
    kept_files.may_go()
    path_of(earlier).unlink(missing_ok=True)


def _has_bytes_of(file: ImportFile, stream: BinaryIO) -> bool:
    path = path_of(file)
    if not path.is_file() or path.stat().st_size != _size(stream):
        return False
    with path.open("rb") as kept:
        is_same = all(kept.read(len(part)) == part for part in iter(lambda: stream.read(2**20), b""))
    stream.seek(0)
    return is_same


def _same_path(file: ImportFile) -> list[ImportFile]:
    return list(
        db.session.scalars(
            select(ImportFile).where(
                ImportFile.import_id == file.import_id,
                ImportFile.path == file.path,
                ImportFile.kind == file.kind,
                ~ImportFile.derived,
            )
        )
    )


def _size(stream: BinaryIO) -> int:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size
