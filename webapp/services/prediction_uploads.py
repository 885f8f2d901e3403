"""Photos that were uploaded for a prediction that has not been started yet.

They go to the server before *Start*, so that each is checked while the user can still choose another. The
photo is stored by its content; which ones belong together is kept in Redis under a number the page carries,
for a day, and only for the person who sent them.
"""

import json
import secrets

from flask import current_app
from redis import Redis

from webapp.extensions import db
from webapp.formats.filenames import is_system_litter
from webapp.models import DetectionModel, User
from webapp.services import photos
from webapp.services.photos import Upload

KEPT_SECONDS = 24 * 3600
StoredPhoto = tuple[str, str]
"""File name and SHA-256 of a photo that is stored."""


def new_batch() -> str:
    """The name of an empty collection."""
    return secrets.token_urlsafe(12)


def add(model: DetectionModel, user: User, batch: str, upload: Upload) -> str | None:
    """Check and store one photo; its file name, None for litter. Raises FileRefused with the fault."""
    if is_system_litter(upload.filename):
        return None
    photo = photos.check_photo(upload)
    photos.store_photo(photo)
    db.session.commit()
    key = _key(model, user, batch)
    pipeline = _redis().pipeline()
    pipeline.rpush(key, json.dumps([photo.filename, photo.sha256]))
    pipeline.expire(key, KEPT_SECONDS)
    pipeline.execute()
    return photo.filename


def listed(model: DetectionModel, user: User, batch: str) -> list[StoredPhoto]:
    """What has arrived so far, in order; empty for an unknown collection."""
    entries = _redis().lrange(_key(model, user, batch), 0, -1)
    return [(filename, sha256) for filename, sha256 in map(json.loads, entries)]


def forget(model: DetectionModel, user: User, batch: str) -> None:
    """The run has them now."""
    _redis().delete(_key(model, user, batch))


def _key(model: DetectionModel, user: User, batch: str) -> str:
    return f"prediction-upload:{model.id}:{user.id}:{batch[:64]}"


def _redis() -> Redis:
    return current_app.extensions["redis"]
