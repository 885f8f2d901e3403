"""Permanently deletes models whose time in the trash has expired: their files, then their rows."""

import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, delete, select

from webapp.audit.recording import record
from webapp.contracts.run_status import ACTIVE
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.extensions import db
from webapp.images.trash import KEPT
from webapp.models import (
    Annotation,
    AuditAction,
    DetectionModel,
    Image,
    ImageCount,
    LibraryRun,
    PredictionRun,
    TrainingRun,
    Weights,
)
from webapp.models.columns import now


def purge(older_than: timedelta = KEPT) -> int:
    """Delete models that have been in the trash for longer, each in a transaction; returns their number. Commits.

    Photos that nothing else needs are freed afterwards by ``stored_files.free_unneeded_files``.
    """
    due = DetectionModel.deleted_at <= now() - older_than
    return sum(
        _purge(model_id, due) for model_id in db.session.scalars(select(DetectionModel.id).where(due)).all()
    )


def _purge(model_id: int, due: ColumnElement[bool]) -> bool:
    held = db.session.scalar(
        select(DetectionModel.id).where(DetectionModel.id == model_id, due).with_for_update()
    )
    if held is None or _is_at_work(model_id):
        db.session.rollback()
        return False
    # Files first: after a crash the rows are still there and the next round deletes them, and no file is orphaned.
    kept_files.may_go()
    for path in _files_of(model_id):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    record(AuditAction.PURGE, db.session.get_one(DetectionModel, model_id))
    _delete_rows(model_id)
    db.session.commit()
    return True


def _is_at_work(model_id: int) -> bool:
    return any(
        db.session.scalar(
            select(select(table.id).where(table.model_id == model_id, table.status.in_(ACTIVE)).exists())
        )
        for table in (TrainingRun, PredictionRun, LibraryRun)
    )


def _files_of(model_id: int) -> list[Path]:
    def ids(table: type[TrainingRun] | type[PredictionRun]) -> list[int]:
        return list(db.session.scalars(select(table.id).where(table.model_id == model_id)))

    weights = db.session.scalars(select(Weights.path).where(Weights.model_id == model_id))
    return [
        *(storage.weights_path(path) for path in weights),
        *(storage.checkpoint_dir(run_id) for run_id in ids(TrainingRun)),
        *(storage.run_dir(run_id) for run_id in ids(TrainingRun)),
        *(storage.results_dir(run_id) for run_id in ids(PredictionRun)),
    ]


def _delete_rows(model_id: int) -> None:
    # Annotations and predictions before what they point at; the rest goes with the model.
    photos = select(Image.id).where(Image.model_id == model_id)
    for statement in (
        delete(Annotation).where(Annotation.image_id.in_(photos)),
        delete(Image).where(Image.model_id == model_id),
        delete(PredictionRun).where(PredictionRun.model_id == model_id),
        delete(TrainingRun).where(TrainingRun.model_id == model_id),
        delete(DetectionModel).where(DetectionModel.id == model_id),
        delete(ImageCount).where(ImageCount.model_id == model_id),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
