"""Photos that were uploaded for a prediction that has not been started yet.

They are uploaded before *Start*, so that each is checked while the user can still replace it. The photo is
stored by content; a batch is a list in Redis under an id in the page, kept for a day and only for the user who
uploaded it.
"""

import io
import json
import secrets
from typing import Any

from flask import current_app
from redis import Redis

from webapp.core.extensions import db
from webapp.formats.files.any_archive import HEAD, AnyArchive, is_archive, open_archive
from webapp.formats.files.archive import ArchiveRejected, Member
from webapp.formats.files.filenames import folder_and_name, is_system_litter
from webapp.formats.files.natural_order import natural
from webapp.images import faults as image_faults
from webapp.images import intake as image_intake
from webapp.images.intake import FileRefused, Upload
from webapp.models import DetectionModel, User
from webapp.prediction.runs import StoredImage

KEPT_SECONDS = 24 * 3600


def new_batch() -> str:
    """The id of a new, empty batch."""
    return secrets.token_urlsafe(12)


def add(model: DetectionModel, user: User, batch: str, upload: Upload) -> int:
    """Check and store one photo, or the photos of a zip; returns the number of added files.

    Unusable members of a zip are added with their reason, since the run lists them. Raises FileRefused for an
    invalid photo, or a zip without any photo.
    """
    if is_system_litter(upload.filename):
        return 0
    start = upload.stream.read(HEAD)
    upload.stream.seek(0)
    taken = _of_zip(upload) if is_archive(start) else [_checked(upload)]
    key = _key(model, user, batch)
    pipeline = _redis().pipeline()
    for photo in taken:
        pipeline.rpush(key, json.dumps([photo.filename, photo.sha256, photo.fault, photo.folder]))
    pipeline.expire(key, KEPT_SECONDS)
    pipeline.execute()
    return len(taken)


def listed(model: DetectionModel, user: User, batch: str) -> list[StoredImage]:
    """The photos uploaded so far, by folder and name, since several arrive at once; empty for an unknown batch."""
    entries = _redis().lrange(_key(model, user, batch), 0, -1)
    photos = [StoredImage(*fields) for fields in map(json.loads, entries)]
    return sorted(photos, key=lambda photo: (natural(photo.folder), natural(photo.filename)))


def forget(model: DetectionModel, user: User, batch: str) -> None:
    """Delete the batch after the run was started."""
    _redis().delete(_key(model, user, batch))


def _checked(upload: Upload) -> StoredImage:
    photo = image_intake.check_image(upload)
    image_intake.store_image(photo)
    db.session.commit()
    folder, name = folder_and_name(upload.filename)
    return StoredImage(name, photo.sha256, folder=folder)


def _of_zip(upload: Upload) -> list[StoredImage]:
    try:
        with open_archive(upload.stream) as archive:
            taken = [_member(archive, member) for member in archive.members]
            left_out = [
                _unusable(problem.name, image_faults.fault_document(problem.code))
                for problem in archive.problems
            ]
    except ArchiveRejected as rejected:
        raise FileRefused(image_faults.fault_document(rejected.code, **rejected.params)) from rejected
    if not any(photo.sha256 for photo in taken):
        raise FileRefused(image_faults.fault_document("zip_without_photos"))
    return taken + left_out


def _member(archive: AnyArchive, member: Member) -> StoredImage:
    limit_mb = current_app.extensions["settings"].max_photo_mb
    try:
        if member.size > limit_mb * 2**20:
            raise FileRefused(image_faults.fault_document("photo_too_large", limit=limit_mb))
        return _checked(Upload(member.name, io.BytesIO(archive.read(member))))
    except FileRefused as refused:
        fault: dict[str, Any] = refused.fault
    except ArchiveRejected as rejected:
        fault = image_faults.fault_document(rejected.code, **rejected.params)
    return _unusable(member.name, fault)


def _unusable(path: str, fault: dict[str, Any]) -> StoredImage:
    folder, name = folder_and_name(path)
    return StoredImage(name, None, fault, folder)


def _key(model: DetectionModel, user: User, batch: str) -> str:
    return f"prediction-upload:{model.id}:{user.id}:{batch[:64]}"


def _redis() -> Redis:
    return current_app.extensions["redis"]
