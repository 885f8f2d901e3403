"""Adds photos to a model and lists them. A photo is known by the SHA-256 of the uploaded bytes."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from webapp.atomic_file import atomic_path
from webapp.errors import UserError
from webapp.extensions import db
from webapp.formats.filenames import is_system_litter, safe_filename
from webapp.formats.photo import CheckedPhoto, PhotoRejected, make_thumbnail, read_photo
from webapp.models import Category, DetectionModel, Image, ImageFile, Split
from webapp.models.annotation import Annotation
from webapp.services import photo_faults, queues, storage

THUMBNAILS_JOB = "jobs.tasks_io.make_thumbnails"
THUMBNAIL_SIDE = 320
"""Pixels; twice the gallery's square on the screen, for sharp displays."""


@dataclass(frozen=True)
class Upload:
    """A file as it was sent."""

    filename: str
    stream: BinaryIO


@dataclass
class AddedPhotos:
    """What became of each file of an upload."""

    created: list[Image] = field(default_factory=list)
    duplicates: list[tuple[str, Image]] = field(default_factory=list)
    rejected: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """File name and fault of ``photo_faults``."""


def check_photo(upload: Upload) -> CheckedPhoto:
    """Raises FileRefused with a fault of ``photo_faults``."""
    settings = current_app.extensions["settings"]
    size = upload.stream.seek(0, io.SEEK_END)
    upload.stream.seek(0)
    if size > settings.max_photo_mb * 2**20:
        raise FileRefused(photo_faults.fault_document("photo_too_large", limit=settings.max_photo_mb))
    try:
        return read_photo(upload.stream, upload.filename, settings.max_image_pixels)
    except PhotoRejected as error:
        raise FileRefused(photo_faults.fault_document(error.code, **error.params)) from error


class FileRefused(Exception):
    """One file is refused; ``fault`` is a document of ``photo_faults``."""

    def __init__(self, fault: dict[str, Any]) -> None:
        super().__init__(fault["code"])
        self.fault = fault


def store_photo(photo: CheckedPhoto) -> ImageFile:
    """Write the file and its row, once by content. The caller commits."""
    path = storage.photo_path(photo.sha256, photo.stored_suffix)
    if not path.is_file():
        with atomic_path(path) as temporary:
            photo.write_to(temporary)
    db.session.execute(
        insert(ImageFile)
        .values(
            sha256=photo.sha256,
            suffix=photo.stored_suffix,
            width=photo.width,
            height=photo.height,
            size=path.stat().st_size,
        )
        .on_conflict_do_nothing()
    )
    return db.session.get_one(ImageFile, photo.sha256)


def add_photos(model: DetectionModel, split: Split, uploads: Iterable[Upload]) -> AddedPhotos:
    """Take each good file, refuse each bad one with its reason. Each photo is a transaction of its own."""
    result = AddedPhotos()
    for upload in uploads:
        if is_system_litter(upload.filename):
            continue
        name = safe_filename(upload.filename)
        try:
            photo = check_photo(upload)
        except FileRefused as refused:
            result.rejected.append((name, refused.fault))
            continue
        _add_one(model, split, photo, result)
    if result.created:
        queues.enqueue(queues.IO, THUMBNAILS_JOB, [image.sha256 for image in result.created])
    return result


def _add_one(model: DetectionModel, split: Split, photo: CheckedPhoto, result: AddedPhotos) -> None:
    known = _find(model, Image.sha256 == photo.sha256)
    if known is not None:
        result.duplicates.append((photo.filename, known))
        return
    if _find(model, Image.filename == photo.filename) is not None:
        result.rejected.append(
            (photo.filename, photo_faults.fault_document("name_taken", filename=photo.filename))
        )
        return
    store_photo(photo)
    image = Image(model_id=model.id, sha256=photo.sha256, filename=photo.filename, split=split)
    db.session.add(image)
    try:
        db.session.commit()
    except IntegrityError:
        # Another request added the same photo in between: say what the database now holds.
        db.session.rollback()
        _add_one(model, split, photo, result)
        return
    result.created.append(image)


def _find(model: DetectionModel, condition: Any) -> Image | None:
    return db.session.scalar(select(Image).where(Image.model_id == model.id, condition))


def list_photos(
    model: DetectionModel,
    *,
    split: Split | None = None,
    labelled: bool | None = None,
    category: str | None = None,
    query: str | None = None,
    after: tuple[bool, int] | None = None,
    limit: int = 60,
) -> list[Image]:
    """A page of photos, the unlabelled first. ``after`` is the (labelled, id) of the last photo seen."""
    statement = select(Image).where(Image.model_id == model.id)
    if split is not None:
        statement = statement.where(Image.split == split)
    if labelled is not None:
        statement = statement.where(Image.labelled == labelled)
    if query:
        statement = statement.where(Image.filename.icontains(query, autoescape=True))
    if category:
        with_category = (
            select(Annotation.image_id)
            .join(Category)
            .where(Category.model_id == model.id, Category.name == category)
        )
        statement = statement.where(Image.id.in_(with_category))
    if after is not None:
        # A row comparison walks the gallery's index from this photo on.
        statement = statement.where(tuple_(Image.labelled, Image.id) > tuple_(*map(literal, after)))
    return list(db.session.scalars(statement.order_by(Image.labelled, Image.id).limit(limit)))


def open_photo(image_id: int) -> Image:
    """Raises UserError (404) where there is none or its model is in the trash."""
    image = db.session.get(Image, image_id)
    model = db.session.get(DetectionModel, image.model_id) if image else None
    if image is None or model is None or model.deleted_at is not None:
        raise UserError(_("There is no such photo: it may have been deleted."), code="not_found", status=404)
    return image


def file_path(file: ImageFile) -> Path:
    """The stored photo; raises UserError (404) where the disk does not have it."""
    path = storage.photo_path(file.sha256, file.suffix)
    if not path.is_file():
        raise UserError(
            _("The file of this photo is missing on the server: add the photo again."),
            code="photo_missing",
            status=404,
        )
    return path


def thumbnail(file: ImageFile) -> Path:
    """The thumbnail, made once; raises UserError (404) as ``file_path``."""
    target = storage.thumbnail_path(file.sha256)
    if not target.is_file():
        data = make_thumbnail(file_path(file), THUMBNAIL_SIDE)
        with atomic_path(target) as temporary:
            temporary.write_bytes(data)
    return target


def all_photos(model: DetectionModel) -> list[Image]:
    """Every photo of a model, for matching names; a page uses ``list_photos``."""
    return list(db.session.scalars(select(Image).where(Image.model_id == model.id).order_by(Image.id)))
