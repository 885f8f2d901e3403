"""Weights of a model and their files. Which of them are in use: ``in_use.py``."""

import hashlib
import shutil
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import selectinload

from webapp.audit.objects import values_of
from webapp.audit.recording import record, record_now
from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, DetectionModel, TrainingRun, Weights

LAST = "last"
BEST = "best"


def list_weights(model: DetectionModel, before: int | None = None, limit: int | None = None) -> list[Weights]:
    """Newest first; ``before`` is the id of the last one seen."""
    statement = (
        select(Weights)
        .where(Weights.model_id == model.id, _not_deleted())
        .options(selectinload(Weights.run).selectinload(TrainingRun.weights))
        .order_by(Weights.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Weights.id < before)
    return list(db.session.scalars(statement))


def _not_deleted() -> ColumnElement[bool]:
    """Condition that excludes weights whose run is in the trash."""
    deleted = select(TrainingRun.id).where(TrainingRun.deleted_at.is_not(None))
    return or_(Weights.run_id.is_(None), Weights.run_id.not_in(deleted))


def open_weights(model: DetectionModel, weights_id: int) -> Weights:
    """The weights with this id; raises UserError if this model has none."""
    weights = db.session.get(Weights, weights_id)
    if (
        weights is None
        or weights.model_id != model.id
        or (weights.run and weights.run.deleted_at is not None)
    ):
        raise UserError(
            _("This model has no such weights: choose others."), code="weights_unknown", field="weights_id"
        )
    return weights


def of_run(run: TrainingRun) -> Weights:
    """The final weights of a run; raises UserError (404) if it saved none."""
    if not run.weights:
        raise UserError(_("This run has saved no weights."), code="no_weights", status=404)
    return run.weights[-1]


def file_of(weights: Weights) -> Path:
    """Path of the file; raises UserError (404) if it is missing."""
    path = storage.weights_path(weights.path)
    if not path.is_file():
        raise UserError(_("The weights file is missing on the server."), code="weights_missing", status=404)
    return path


def file_to_send(weights: Weights) -> Path:
    """As ``file_of``, for a download, which the audit tells. Commits."""
    path = file_of(weights)
    record_now(AuditAction.DOWNLOAD, weights, after={"sha256": weights.sha256})
    return path


def add_of_run(
    run: TrainingRun,
    file: Path,
    kind: str = LAST,
    iteration: int | None = None,
    thresholds: dict[str, float] | None = None,
) -> Weights:
    """Store a file that a run has saved: copy, hash and add the row. The caller commits.

    ``thresholds`` are the advised ones of each category, if there are any. A run has one file of each kind; after a
    resume the later replaces the earlier.
    """
    part = "" if kind == LAST else f"-{kind}"
    relative = f"weights/run-{run.id}{part}.safetensors"
    with atomic_path(storage.weights_path(relative)) as temporary:
        shutil.copyfile(file, temporary)
    path = storage.weights_path(relative)
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    weights = db.session.scalar(select(Weights).where(Weights.run_id == run.id, Weights.kind == kind))
    if weights is None:
        weights = Weights(run_id=run.id, kind=kind)
    weights.model_id = run.model_id
    weights.path = relative
    weights.filename = f"{_slug(run.model.name)}-{run.number}{part}.safetensors"
    weights.sha256 = digest
    weights.size = path.stat().st_size
    weights.iteration = run.iteration if iteration is None else iteration
    weights.architecture = run.parameters["architecture"]
    weights.categories = run.dataset_version.categories
    weights.thresholds = thresholds
    db.session.add(weights)
    record(AuditAction.SAVE_WEIGHTS, weights, after=values_of(weights))
    return weights


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name).strip("-") or "model"
