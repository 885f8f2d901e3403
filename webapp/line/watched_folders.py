"""Folders of the line: a model looks at each photo that is put into one (``jobs/processes/watch.py`` does the work).

``WATCH_DIR/<name>/in`` takes the photos, ``out`` the results; a photo that was looked at goes to ``done``, one that
could not be to ``failed``.
"""

import math
import re
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp.core import languages
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, User, WatchedFolder
from webapp.models.columns import now

PARTS = ("in", "out", "done", "failed")
LONGEST_NAME = 60


def watch_dir() -> Path:
    """Where all of them lie."""
    settings = current_app.extensions["settings"]
    return settings.watch_dir or settings.data_dir / "watch"


def path_of(folder: WatchedFolder) -> Path:
    """Its place on the disk."""
    return watch_dir() / folder.name


def of_model(model: DetectionModel) -> WatchedFolder | None:
    """The folder of this model, watched or not."""
    return db.session.scalar(select(WatchedFolder).where(WatchedFolder.model_id == model.id))


def list_watched() -> list[WatchedFolder]:
    """Those that are watched now."""
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
    """Start or end the watching of the model's folder, which is made at the first time. Commits.

    Raises UserError (507) where the disk refuses the folder.
    """
    folder = of_model(model)
    if folder is None:
        folder = WatchedFolder(
            model_id=model.id, name=_folder_name(model), created_by_id=user.id if user else None
        )
        db.session.add(folder)
    folder.active, folder.score_threshold = active, score_threshold
    folder.language = languages.select() or languages.DEFAULT
    try:
        db.session.commit()
    except IntegrityError as error:
        # A second press made it in between.
        db.session.rollback()
        raise UserError(
            _("Somebody else changed this at the same time: look at the page again."),
            code="changed",
            status=409,
        ) from error
    make_folders(folder)
    return folder


def read_threshold(text: str) -> float | None:
    """What a person entered; None where nothing was. Raises UserError (422)."""
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
    """Raises UserError (507) where the disk does not allow it."""
    try:
        for part in PARTS:
            (path_of(folder) / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            _("The folder %(path)s cannot be made: ask the administrator.", path=path_of(folder)),
            code="folder_refused",
            status=507,
        ) from error


def count_done(folder_id: int) -> None:
    """One more photo was looked at. Commits."""
    _count(folder_id, done=WatchedFolder.done + 1)


def count_failed(folder_id: int, filename: str, message: str) -> None:
    """One more photo could not be looked at. Commits."""
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
    """Readable, and another one for each model: names of models may be alike but for signs."""
    readable = re.sub(r"[^\w-]+", "-", model.name).strip("-_")[:LONGEST_NAME]
    return f"{model.id}-{readable}" if readable else str(model.id)
