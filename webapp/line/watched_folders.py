"""Watched folders: each photo put into one is predicted (by ``jobs/processes/watch.py``).

Photos are put into ``WATCH_DIR/<name>/in``, results are written to ``out``; then the photo is moved to
``done``, or to ``failed`` if it cannot be used.
"""

import math
import re
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp.audit.recording import record
from webapp.core import languages
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, DetectionModel, User, WatchedFolder
from webapp.models.columns import now

PARTS = ("in", "out", "done", "failed")
LONGEST_NAME = 60


def watch_dir() -> Path:
    """The parent of all watched folders."""
    settings = current_app.extensions["settings"]
    return settings.watch_dir or settings.data_dir / "watch"


def path_of(folder: WatchedFolder) -> Path:
    """The path of a watched folder."""
    return watch_dir() / folder.name


def of_model(model: DetectionModel) -> WatchedFolder | None:
    """The folder of this model, watched or not."""
    return db.session.scalar(select(WatchedFolder).where(WatchedFolder.model_id == model.id))


def list_watched() -> list[WatchedFolder]:
    """The folders that are active."""
    return list(
        db.session.scalars(
            select(WatchedFolder)
            .join(DetectionModel)
            .where(WatchedFolder.active, DetectionModel.deleted_at.is_(None))
            .order_by(WatchedFolder.id)
        )
    )


def save(
    model: DetectionModel, active: bool, score_threshold: float | None, user: User | None
) -> WatchedFolder:
    """Start or stop watching the model's folder, which is created the first time. Commits.

    Raises UserError (507) if the folder cannot be created.
    """
    folder = of_model(model)
    if folder is None:
        folder = WatchedFolder(
            model_id=model.id, name=_folder_name(model), created_by_id=user.id if user else None
        )
        db.session.add(folder)
    folder.active, folder.score_threshold = active, score_threshold
    record(AuditAction.EDIT if folder.id else AuditAction.CREATE, folder)
    folder.language = languages.select() or languages.DEFAULT
    try:
        db.session.commit()
    except IntegrityError as error:
        # Another request created it in the meantime.
        db.session.rollback()
        raise UserError(
            _("Somebody else changed this at the same time: look at the page again."),
            code="changed",
            status=409,
        ) from error
    make_folders(folder)
    return folder


def read_threshold(text: str) -> float | None:
    """The threshold that was entered; None for an empty field. Raises UserError (422)."""
    try:
        threshold = float(text) if text.strip() else None
    except ValueError:
        threshold = math.nan
    if threshold is not None and not 0 <= threshold <= 1:
        raise UserError(
            _("The score threshold lies between 0 and 1."), code="parameter_invalid", field="score_threshold"
        )
    return threshold


def make_folders(folder: WatchedFolder) -> None:
    """Create the sub-folders. Raises UserError (507) if the disk does not allow it."""
    try:
        place = path_of(folder)
        for path in (watch_dir(), place, *(place / part for part in PARTS)):
            if not path.exists():
                path.mkdir(parents=True, exist_ok=True)
                # Unlike the other files of the product: machines of other users put photos in and read the results.
                path.chmod(0o755)
    except OSError as error:
        raise UserError(
            _("The folder %(path)s cannot be made: ask the administrator.", path=path_of(folder)),
            code="folder_refused",
            status=507,
        ) from error


def count_done(folder_id: int) -> None:
    """Count a processed photo. Commits."""
    _count(folder_id, done=WatchedFolder.done + 1)


def count_failed(folder_id: int, filename: str, message: str) -> None:
    """Count a failed photo. Commits."""
    _count(
        folder_id,
        failed=WatchedFolder.failed + 1,
        last_fault={"filename": filename, "message": message, "at": now().isoformat()},
    )


def _count(folder_id: int, **values: Any) -> None:
    db.session.execute(
        update(WatchedFolder).where(WatchedFolder.id == folder_id).values(last_photo_at=now(), **values)
    )
    db.session.commit()


def _folder_name(model: DetectionModel) -> str:
    """A readable and unique folder name; names of models may differ only in characters that are removed here."""
    readable = re.sub(r"[^\w-]+", "-", model.name).strip("-_")[:LONGEST_NAME]
    return f"{model.id}-{readable}" if readable else str(model.id)
