"""Adds photos to a model, and recognises duplicates.

A photo is identified by the SHA-256 of the uploaded bytes: the same file again is a duplicate.
"""

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from webapp.audit.recording import record, touched
from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.batches import batches
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.folders import telling_folder
from webapp.formats.files.filenames import is_system_litter, safe_filename
from webapp.formats.images.decoding import CheckedImage, read_image
from webapp.formats.images.reduced import ImageDamaged, make_thumbnail, thumbnail_of
from webapp.formats.images.rejected import ImageRejected
from webapp.formats.images.value_range import ValueRange
from webapp.images import faults, names, stored_content, thumbnails, tiles
from webapp.images.values import ranges, remarks, renditions
from webapp.models import AuditAction, AuditKind, DetectionModel, Image, ImageFile, Split
from webapp.models.columns import measured_columns, now

ATTEMPTS = 10
"""Attempts to find a free name while other requests add photos with the same one."""
HASHES_AT_ONCE = 10_000
"""In one condition of a query."""
_fresh_file = insert(ImageFile)
# Built once: with one photo for each request, building statements takes longer than executing them.
_STORE_FILE = _fresh_file.on_conflict_do_update(
    index_elements=[ImageFile.sha256],
    set_={
        "created_at": _fresh_file.excluded.created_at,
        "phash": func.coalesce(ImageFile.phash, _fresh_file.excluded.phash),
        "orientation": _fresh_file.excluded.orientation,
    },
).returning(ImageFile)
_SAME_PHOTO = (
    select(Image)
    .options(joinedload(Image.file))
    .where(
        Image.model_id == bindparam("model"),
        or_(Image.sha256 == bindparam("sha256"), Image.filename == bindparam("filename")),
    )
)
_ADD_IMAGE = insert(Image).on_conflict_do_nothing().returning(Image)


@dataclass(frozen=True)
class Upload:
    """An uploaded file."""

    filename: str
    stream: BinaryIO


@dataclass
class AddedImages:
    """What became of each file of an upload."""

    created: list[Image] = field(default_factory=list)
    duplicates: list[tuple[str, Image]] = field(default_factory=list)
    rejected: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """File name and document of ``faults.py``."""
    remarks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The same of photos that were added: what became of them, such as values that are cut off."""


def check_image(upload: Upload) -> CheckedImage:
    """Decode and check an upload. Raises FileRefused."""
    settings = current_app.extensions["settings"]
    size = upload.stream.seek(0, io.SEEK_END)
    upload.stream.seek(0)
    if size > settings.max_photo_mb * 2**20:
        raise FileRefused(faults.fault_document("photo_too_large", limit=settings.max_photo_mb))
    try:
        return read_image(upload.stream, upload.filename, settings.max_image_pixels)
    except ImageRejected as error:
        raise FileRefused(faults.fault_document(error.code, **error.params)) from error


class FileRefused(Exception):
    """One file is refused; ``fault`` is a document of ``faults.py``."""

    def __init__(self, fault: dict[str, Any]) -> None:
        super().__init__(fault["code"])
        self.fault = fault


def store_image(photo: CheckedImage) -> ImageFile:
    """Store row and file, once by content; a file that is missing or damaged is replaced. The caller commits.

    The row is written first: it stays locked until the commit, so that the file is not freed in between, and
    its new date keeps ``stored_files`` from freeing it.
    """
    return _store(photo)[0]


def _store(photo: CheckedImage) -> tuple[ImageFile, bool]:
    """As ``store_image``; also whether the file was written."""
    row = {
        "sha256": photo.sha256,
        "phash": photo.phash,
        "created_at": now(),
        **_content_of(photo),
    }
    file = db.session.scalars(_STORE_FILE, row, execution_options={"populate_existing": True}).one()
    if stored_content.is_whole(file):
        return file, False
    before = storage.image_path(file.sha256, file.suffix)
    _describe(file, photo)
    path = storage.image_path(file.sha256, file.suffix)
    with atomic_path(path) as temporary:
        photo.write_to(temporary)
    if before != path:
        kept_files.may_go()
        before.unlink(missing_ok=True)
    storage.thumbnail_path(file.sha256).unlink(missing_ok=True)
    renditions.remove_of(file.sha256)
    return file, True


def _describe(file: ImageFile, photo: CheckedImage) -> None:
    for column, value in _content_of(photo).items():
        setattr(file, column, value)


def _content_of(photo: CheckedImage) -> dict[str, Any]:
    """The columns of ImageFile that describe the stored bytes."""
    return {
        "suffix": photo.stored_suffix,
        "width": photo.width,
        "height": photo.height,
        "size": len(photo.stored),
        "orientation": photo.orientation,
        "checksum": zlib.crc32(photo.stored),
        "remarks": [faults.remark_document(remark) for remark in photo.remarks],
        **measured_columns(photo.measured),
    }


def add_images(
    model: DetectionModel, split: Split, uploads: Iterable[Upload], in_run: bool = False
) -> AddedImages:
    """Take each good file, refuse each bad one with its reason. Each photo is a transaction of its own.

    A different photo with a name that the model already has gets another name (``names.py``). ``in_run``: the audit
    gets a row for the whole run, not for these.
    """
    result = AddedImages()
    with _kept_after_commit():
        for upload in uploads:
            if is_system_litter(upload.filename):
                continue
            name = safe_filename(upload.filename)
            try:
                photo = check_image(upload)
            except FileRefused as refused:
                result.rejected.append((name, refused.fault))
                continue
            _add_one(model, split, photo, upload.filename, result)
        touched(image.id for image in result.created)
        if result.created and not in_run:
            name = result.created[0].filename if len(result.created) == 1 else ""
            record(
                AuditAction.CREATE, kind=AuditKind.IMAGE, name=name, model_id=model.id, after={"split": split}
            )
            db.session.commit()
    return result


def known_photos(model: DetectionModel, hashes: Iterable[str]) -> list[Image]:
    """Photos of this model with these SHA-256 whose files are whole, so that a client need not send them again."""
    right = [sha256 for sha256 in hashes if re.fullmatch("[0-9a-f]{64}", sha256)]
    found = db.session.scalars(select(Image).where(Image.model_id == model.id, Image.sha256.in_(right)))
    return [image for image in found if stored_content.is_whole(image.file)]


@contextmanager
def _kept_after_commit() -> Iterator[None]:
    """Do not reload rows after the commit: they were just written."""
    session = db.session()
    before, session.expire_on_commit = session.expire_on_commit, False
    try:
        yield
    finally:
        session.expire_on_commit = before


def _add_one(
    model: DetectionModel, split: Split, photo: CheckedImage, path: str, result: AddedImages
) -> None:
    name = photo.filename
    for _attempt in range(ATTEMPTS):
        # Most photos are new: existing ones are looked up only after a conflict with a unique constraint.
        file, is_written = _store(photo)
        # Last, because its trigger locks the model's photo counts until the commit.
        row = {"model_id": model.id, "sha256": file.sha256, "filename": name, "split": split}
        row["folder"] = telling_folder(path)
        image = db.session.scalars(_ADD_IMAGE, row).one_or_none()
        if image is not None:
            set_committed_value(image, "file", file)
            db.session.commit()
            result.created.append(image)
            result.remarks += [(name, remark) for remark in file.remarks]
            if not thumbnails.write_later(file, thumbnail_of(photo.seen)):
                thumbnails.request([image.sha256])
            if tiles.is_tiled(file):
                tiles.request(file, tiles.key_of(file, model.range_in_use))
            measured = file.measured
            if measured is not None:
                if ranges.observe(model, [measured]):
                    db.session.commit()
                result.remarks.append((name, remarks.of_values(measured, model.range_in_use)))
            return
        db.session.rollback()
        same = {"model": model.id, "sha256": photo.sha256, "filename": name}
        found = list(db.session.scalars(_SAME_PHOTO, same))
        known = next((image for image in found if image.sha256 == photo.sha256), None)
        if known is not None:
            if is_written:
                _describe(known.file, photo)  # what was said of it was rolled back
                db.session.commit()
                thumbnails.request([photo.sha256])
                result.remarks.append((photo.filename, faults.fault_document("photo_mended")))
            result.duplicates.append((photo.filename, known))
            return
        if found:
            name = names.free_name(model.id, path)
    raise RuntimeError(f"photo {photo.sha256} found no name in {ATTEMPTS} attempts")


def open_image(image_id: int) -> Image:
    """The photo. Raises UserError (404) if there is none or its model is in the trash."""
    image = db.session.get(Image, image_id)
    model = db.session.get(DetectionModel, image.model_id) if image else None
    if image is None or model is None or model.deleted_at is not None:
        raise _no_such_photo()
    return image


def find_image_of(model: DetectionModel, image_id: int) -> Image | None:
    """The photo of this model with this id; None where it has none."""
    image = db.session.get(Image, image_id)
    return image if image is not None and image.model_id == model.id else None


def find_images_of(model: DetectionModel, ids: list[int]) -> list[Image]:
    """Those of this model among these ids."""
    return list(db.session.scalars(select(Image).where(Image.model_id == model.id, Image.id.in_(ids))))


def known_by_content(model: DetectionModel, hashes: list[str]) -> dict[str, Image]:
    """The photos of this model with these SHA-256."""
    wanted = select(Image).where(Image.model_id == model.id, Image.sha256.in_(hashes))
    return {image.sha256: image for image in db.session.scalars(wanted)}


def open_image_of(model: DetectionModel, image_id: int) -> Image:
    """The photo of this model. Raises UserError (404) if there is none."""
    image = open_image(image_id)
    if image.model_id != model.id:
        raise _no_such_photo()
    return image


def _no_such_photo() -> UserError:
    return UserError(_("There is no such photo: it may have been deleted."), code="not_found", status=404)


def deep_files(hashes: list[str]) -> list[ImageFile]:
    """Those of these stored photos that have more than 8 bits."""
    return [
        file
        for some in batches(hashes, HASHES_AT_ONCE)
        for file in db.session.scalars(
            select(ImageFile).where(ImageFile.sha256.in_(some), ImageFile.lowest_value.is_not(None))
        )
    ]


def find_file(sha256: str | None) -> ImageFile | None:
    """The stored file with this hash; None where there is none."""
    return db.session.get(ImageFile, sha256) if sha256 else None


def file_path(file: ImageFile) -> Path:
    """Path of the stored photo; raises UserError (404) if the file is missing."""
    path = storage.image_path(file.sha256, file.suffix)
    if not path.is_file():
        raise stored_content.unreadable(file)
    return path


def picture_path(file: ImageFile, setting: ValueRange | None) -> Path:
    """Path of the picture of 8 bits in the range of a model or run; raises UserError (404) as ``reduced_copy``.

    A photo of 8 bits is not looked at.
    """
    file_path(file)
    with _damage_as_refusal(file):
        return renditions.picture_of(file, setting).path()


def thumbnail(file: ImageFile, setting: ValueRange | None = None) -> Path:
    """Path of the thumbnail in that range, made if missing; raises UserError (404) as ``reduced_copy``."""
    file_path(file)
    with _damage_as_refusal(file):
        return thumbnails.make(file, setting)


def tile(file: ImageFile, key: str, level: int, name: str) -> Path | None:
    """Path of a tile of a large photo, None until it is cut; raises UserError (404) as ``reduced_copy``."""
    file_path(file)
    with _damage_as_refusal(file):
        return tiles.find(file, key, level, name)


def reduced_copy(file: ImageFile, side: int, setting: ValueRange | None) -> bytes:
    """A WebP whose longer side is at most ``side`` px; raises UserError (404) if the file is missing or damaged."""
    path = picture_path(file, setting)
    with _damage_as_refusal(file):
        return make_thumbnail(path, side)


@contextmanager
def _damage_as_refusal(file: ImageFile) -> Iterator[None]:
    try:
        yield
    except ImageDamaged as error:
        raise stored_content.unreadable(file) from error
