"""Imports from the first uploaded file until they are carried out (``runs.py``) or discarded."""

import secrets
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.imports import files
from webapp.images.intake import Upload
from webapp.models import DataImport, DetectionModel, ImportFile, ImportStage, Split, User
from webapp.models.columns import now

KEPT = timedelta(days=1)
"""Abandoned imports are deleted after this time."""


def create(model: DetectionModel, split: Split, user: User | None) -> DataImport:
    """An empty import. Commits."""
    data_import = DataImport(model_id=model.id, split=split, created_by_id=user.id if user else None)
    db.session.add(data_import)
    db.session.commit()
    return data_import


def new_key() -> str:
    """A new key, for a page that uploads files."""
    return secrets.token_urlsafe(24)


def opened_by_key(model: DetectionModel, key: str, split: Split, user: User | None) -> DataImport:
    """The import for a page's key, created with its first file. Commits.

    Raises UserError (409) if it has ended.
    """
    db.session.execute(
        insert(DataImport)
        .values(model_id=model.id, key=key, split=split, created_by_id=user.id if user else None)
        .on_conflict_do_nothing(index_elements=[DataImport.key])
    )
    db.session.commit()
    data_import = db.session.scalars(select(DataImport).where(DataImport.key == key)).one()
    if data_import.model_id != model.id or data_import.stage is ImportStage.COMPLETED:
        raise UserError(
            _("This import is over: load the page again to start another one."),
            code="import_over",
            status=409,
        )
    return data_import


def find_by_key(model: DetectionModel, key: str) -> DataImport | None:
    """The import with this key; None before the first file."""
    return db.session.scalars(
        select(DataImport).where(DataImport.key == key, DataImport.model_id == model.id)
    ).one_or_none()


def open_import(import_id: int, model: DetectionModel | None = None) -> DataImport:
    """The import. Raises UserError (404) if there is none or its model is in the trash."""
    # Read with its run in one statement: a page must not combine an old stage with an ended run.
    data_import = db.session.get(DataImport, import_id, options=[joinedload(DataImport.run)])
    if (
        data_import is None
        or data_import.model.deleted_at is not None
        or (model is not None and data_import.model_id != model.id)
    ):
        raise UserError(_("There is no such import."), code="not_found", status=404)
    return data_import


def newest(model: DetectionModel, limit: int = 50) -> list[DataImport]:
    """Newest first."""
    return list(
        db.session.scalars(
            select(DataImport)
            .where(DataImport.model_id == model.id)
            .order_by(DataImport.id.desc())
            .limit(limit)
        )
    )


def report_numbers(model: DetectionModel) -> dict[int, int]:
    """Numbers of the reports of a model, from 1 in the order in which they were made, by import.

    Ids are counted over all models, and an import that was begun earlier may end later.
    """
    reported = select(DataImport.id).where(
        DataImport.model_id == model.id, DataImport.stage == ImportStage.COMPLETED
    )
    ids = db.session.scalars(reported.order_by(DataImport.changed_at, DataImport.id))
    return {import_id: number for number, import_id in enumerate(ids, 1)}


def findings_of(data_import: DataImport) -> list[dict[str, Any]]:
    """All findings of a finished import. Raises UserError (404) without a report."""
    report = data_import.report
    if report is None:
        raise UserError(_("This import has not been carried out."), code="not_found", status=404)
    if data_import.findings is not None:
        return data_import.findings
    # Imports older than the column ``findings``.
    return [line | {"kind": kind, "file": ""} for kind in ("fixed", "skipped") for line in report[kind]]


def receive(data_import: DataImport, upload: Upload, check_now: bool = True) -> ImportFile:
    """Add a file to this import, which must then be read again. Commits. Raises UserError."""
    check_idle(data_import)
    file = files.receive(data_import, upload, check_now)
    data_import.stage, data_import.preview, data_import.changed_at = ImportStage.RECEIVING, None, now()
    db.session.commit()
    return file


def lock_idle(data_import: DataImport) -> None:
    """Lock its row until the caller commits: of two requests the second waits and finds the run of the first.

    Raises UserError (409) if it is active or has ended.
    """
    db.session.refresh(data_import, with_for_update={"of": DataImport})
    try:
        check_idle(data_import)
    except UserError:
        db.session.rollback()
        raise


def check_idle(data_import: DataImport) -> None:
    """Raises UserError (409) if it is active or has ended."""
    if data_import.run is not None and not data_import.run.status.is_over:
        raise UserError(_("This import is at work already: wait for its end."), code="under_way", status=409)
    if data_import.stage is ImportStage.COMPLETED:
        raise UserError(_("This import has been carried out already."), code="import_over", status=409)


def discard(data_import: DataImport) -> None:
    """Delete it with its files. Raises UserError (409) if it is active or was carried out."""
    lock_idle(data_import)
    forget(data_import)


def forget(data_import: DataImport) -> None:
    """Delete it in any state. Commits."""
    import_id = data_import.id
    if data_import.run is not None:
        db.session.delete(data_import.run)
    db.session.delete(data_import)
    db.session.commit()
    with kept_files.deleting():
        storage.remove_import_dir(import_id)


def remove_abandoned() -> None:
    """Delete abandoned imports, and folders without an import. Called daily by the janitor."""
    old = db.session.scalars(
        select(DataImport).where(
            DataImport.stage != ImportStage.COMPLETED, DataImport.changed_at < now() - KEPT
        )
    ).all()
    for data_import in old:
        if data_import.run is None or data_import.run.status.is_over:
            forget(data_import)
    if not storage.imports_dir().is_dir():
        return
    waiting = set(db.session.scalars(select(DataImport.id).where(DataImport.stage != ImportStage.COMPLETED)))
    db.session.rollback()
    oldest = (now() - KEPT).timestamp()
    for folder in storage.imports_dir().iterdir():
        if folder.name not in map(str, waiting) and folder.stat().st_mtime < oldest:
            with kept_files.deleting():
                storage.remove_import_dir(int(folder.name))
