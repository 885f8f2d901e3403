"""Moves models to the trash, where they stay for 30 days, and restores them.

A model in the trash keeps all rows and files; ``open_model`` does not find it, and its name can be used again.
``webapp/projects/purge.py`` deletes it when its time has expired.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, func, or_, select

from webapp.audit.recording import record
from webapp.contracts.run_status import ACTIVE
from webapp.core import queues
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.trash import KEPT
from webapp.models import (
    AuditAction,
    DetectionModel,
    LibraryKind,
    LibraryRun,
    PredictionRun,
    TrainingRun,
    User,
)
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.projects.access import visible_to
from webapp.projects.detection_models import ModelSummary

PURGE_JOB = "jobs.tasks.files.purge_models"


@dataclass(frozen=True)
class Trashed:
    """A model in the trash, as the page shows it."""

    summary: ModelSummary
    deleted_by: str | None
    """Who deleted it; None if the account was deleted or is not known."""
    suggested_name: str | None
    """A free name, if another model has its name now."""

    @property
    def model(self) -> DetectionModel:
        """Its row."""
        return self.summary.model

    @property
    def gone_at(self) -> datetime:
        """When it will be deleted for good."""
        return (self.model.deleted_at or now()) + KEPT

    @property
    def days_left(self) -> int:
        """Days until then, rounded up."""
        return max(0, -((now() - self.gone_at) // timedelta(days=1)))


def delete_model(model: DetectionModel, typed: str, user: User | None) -> None:
    """Put the model into the trash if ``typed`` is its name. Commits.

    Raises UserError (409): beside the field ``confirm`` for another name, or while a run of the model is
    active.
    """
    detection_models.lock(model)
    check_typed(model, typed)
    _refuse_at_work(model)
    model.deleted_at = now()
    model.deleted_by_id = user.id if user else None
    record(AuditAction.DELETE, model)
    db.session.commit()


def check_typed(model: DetectionModel, typed: str) -> None:
    """Raises UserError (409) beside the field ``confirm`` unless ``typed`` is the model's name."""
    # Compared in normalised form: composed and decomposed letters look the same.
    if unicodedata.normalize("NFC", typed) == unicodedata.normalize("NFC", model.name):
        return
    sentence = (
        _("This is not the name of the model: type “%(name)s” exactly.", name=model.name)
        if typed.strip()
        else _("Type the name of the model, “%(name)s”, to delete it.", name=model.name)
    )
    raise UserError(sentence, code="confirm_wrong", status=409, field="confirm")


def _refuse_at_work(model: DetectionModel) -> None:
    copied = (LibraryRun.kind == LibraryKind.COPY) & (
        LibraryRun.parameters["source_id"].astext.cast(Integer) == model.id
    )
    for table, condition, sentence in (
        (
            TrainingRun,
            TrainingRun.model_id == model.id,
            _("A training of this model is under way: stop it first, or wait for its end."),
        ),
        (
            PredictionRun,
            PredictionRun.model_id == model.id,
            _("A prediction of this model is under way: stop it first, or wait for its end."),
        ),
        (
            LibraryRun,
            or_(LibraryRun.model_id == model.id, copied),
            _(
                "The photos of this model are being worked on: stop the import, export or copy, or wait for its end."
            ),
        ),
    ):
        if db.session.scalar(select(select(table.id).where(condition, table.status.in_(ACTIVE)).exists())):
            raise UserError(sentence, code="model_busy", status=409)


def count(user: User) -> int:
    """Models in the trash that are there for this person."""
    statement = select(func.count()).select_from(DetectionModel).where(_in_trash(), visible_to(user))
    return db.session.scalar(statement) or 0


def list_trash(user: User) -> list[Trashed]:
    """Models in the trash that are there for this person, the last deleted first."""
    rows = db.session.execute(
        select(DetectionModel, User)
        .outerjoin(User, User.id == DetectionModel.deleted_by_id)
        .where(_in_trash(), visible_to(user))
        .order_by(DetectionModel.deleted_at.desc(), DetectionModel.id.desc())
    ).all()
    summaries = detection_models.summarise([model for model, _user in rows])
    taken = detection_models.taken_names()
    return [
        Trashed(
            summary,
            user.display_name if user else None,
            detection_models.free_name(model.name, taken) if model.name.lower() in taken else None,
        )
        for summary, (model, user) in zip(summaries, rows, strict=True)
    ]


def open_trashed(model_id: int) -> DetectionModel:
    """A model in the trash; its row is locked until the transaction ends. Raises UserError (404)."""
    model = db.session.scalar(
        select(DetectionModel)
        .where(DetectionModel.id == model_id, _in_trash())
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if model is None:
        raise UserError(
            _("This model is not in the trash any more: it was restored or has gone for good."),
            code="not_found",
            status=404,
        )
    return model


def restore(model: DetectionModel, name: str | None = None) -> None:
    """Restore it, under a new name if one is given. Commits.

    Raises UserError beside the field ``name``: it is invalid, or another model has it.
    """
    if name is not None:
        model.name = detection_models.checked_name(name)
    model.deleted_at = model.deleted_by_id = None
    record(AuditAction.RESTORE, model)
    try:
        detection_models.flush_name()
    except UserError as error:
        raise UserError(
            _("Another model has this name meanwhile: restore it under a different one."),
            code="name_taken",
            status=409,
            field="name",
        ) from error
    db.session.commit()


def delete_for_good(model: DetectionModel, typed: str) -> None:
    """End its time in the trash now; the io worker deletes rows and files. Commits.

    Raises UserError (409) beside the field ``confirm`` where ``typed`` is not the model's name.
    """
    check_typed(model, typed)
    model.deleted_at = now() - KEPT
    record(AuditAction.PURGE, model)
    db.session.commit()
    # If Redis is unavailable, the janitor does it in its daily round.
    queues.enqueue(queues.IO, PURGE_JOB)


def _in_trash() -> ColumnElement[bool]:
    return DetectionModel.deleted_at > now() - KEPT
