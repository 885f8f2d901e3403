"""The trash of training runs: their weights are hidden at once and deleted when their time has expired."""

import shutil
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from webapp.audit.recording import record
from webapp.contracts.run_status import ACTIVE, FINISHED
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.trash import KEPT
from webapp.models import AuditAction, DetectionModel, PredictionRun, TrainingRun, User, Weights
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.runs import first_weights
from webapp.training.weights import in_use


def count_predictions(run: TrainingRun) -> int:
    """Number of predictions with the weights of this run; they are not deleted."""
    made = select(func.count(PredictionRun.id)).join(Weights, PredictionRun.weights_id == Weights.id)
    return db.session.scalar(made.where(Weights.run_id == run.id)) or 0


def delete_run(run: TrainingRun, user: User | None) -> None:
    """Move to the trash.

    Raises UserError (409) while it or a prediction with its weights is active, and while its weights are in use and
    others could be.
    """
    detection_models.lock(run.model)
    db.session.refresh(run)
    busy = db.session.scalar(
        select(PredictionRun.id)
        .join(Weights, PredictionRun.weights_id == Weights.id)
        .where(Weights.run_id == run.id, PredictionRun.status.in_(ACTIVE))
        .limit(1)
    )
    if not run.status.is_over or busy is not None:
        raise UserError(
            _("This run, or a prediction with its weights, is under way: stop it first."),
            code="run_active",
            status=409,
        )
    in_use.release(run, user)
    run.deleted_at = now()
    record(AuditAction.DELETE, run)
    db.session.commit()


def restore_run(run_id: int) -> TrainingRun:
    """Restore from the trash; raises UserError (404) if it is not there any more."""
    run = db.session.get(TrainingRun, run_id)
    if run is None or run.model.deleted_at is not None:
        raise UserError(_("There is no such training run."), code="not_found", status=404)
    run.deleted_at = None
    record(AuditAction.RESTORE, run)
    if run.status in FINISHED:
        first_weights.take(run.id)
    db.session.commit()
    return run


def list_deleted(model: DetectionModel) -> list[TrainingRun]:
    """Runs in the trash, the last deleted first."""
    return list(
        db.session.scalars(
            select(TrainingRun)
            .where(TrainingRun.model_id == model.id, TrainingRun.deleted_at.is_not(None))
            .order_by(TrainingRun.deleted_at.desc())
        )
    )


def purge(older_than: timedelta = KEPT) -> int:
    """Permanently delete runs whose time has expired; returns their number. Commits each."""
    due = TrainingRun.deleted_at <= now() - older_than
    purged = 0
    for run_id in db.session.scalars(select(TrainingRun.id).where(due)).all():
        held = db.session.scalar(
            select(TrainingRun).where(TrainingRun.id == run_id, due).with_for_update(of=TrainingRun)
        )
        if held is None:
            db.session.rollback()
            continue
        # Files first: after a crash the rows are still there and the next round deletes them.
        kept_files.may_go()
        for path in db.session.scalars(select(Weights.path).where(Weights.run_id == run_id)):
            storage.weights_path(path).unlink(missing_ok=True)
        for folder in (storage.run_dir(run_id), storage.checkpoint_dir(run_id)):
            shutil.rmtree(folder, ignore_errors=True)
        # Rows of weights with predictions are kept; their file is deleted.
        used = select(PredictionRun.weights_id)
        db.session.execute(delete(Weights).where(Weights.run_id == run_id, Weights.id.not_in(used)))
        record(AuditAction.PURGE, held)
        db.session.execute(delete(TrainingRun).where(TrainingRun.id == run_id))
        db.session.commit()
        purged += 1
    return purged
