"""What a row of the audit says about an object: kind, name, model, and which of its fields may be shown.

Fields are listed here one by one, so that no password, token or content of a photo can get into the audit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, inspect

from webapp.core.extensions import db
from webapp.models import (
    ApiToken,
    AuditKind,
    Category,
    DetectionModel,
    Image,
    PredictionRun,
    TrainingRun,
    User,
    WatchedFolder,
    Weights,
)


@dataclass(frozen=True)
class Described:
    """A kind of object."""

    kind: AuditKind
    name: Callable[[Any], str]
    model_id: Callable[[Any], int | None]
    fields: tuple[str, ...]


def _no_model(_row: Any) -> None:
    return None


def _own_model(row: Any) -> int:
    found: int = row.model_id
    return found


DESCRIBED: dict[type[Any], Described] = {
    User: Described(
        AuditKind.ACCOUNT, lambda row: row.email, _no_model, ("email", "name", "role", "active", "locale")
    ),
    ApiToken: Described(
        AuditKind.TOKEN,
        lambda row: row.name,
        _no_model,
        ("name", "scope", "ends_at", "model_ids", "revoked_at"),
    ),
    DetectionModel: Described(
        AuditKind.MODEL,
        lambda row: row.name,
        lambda row: row.id,
        (
            *("name", "description", "picture_sha256", "training_defaults", "bit_depth", "value_range"),
            *("suppress_mask_iou", "suppress_across_categories", "thresholds", "review_by_others"),
            *("groups_off", "group_name_pattern"),
        ),
    ),
    Image: Described(
        AuditKind.IMAGE, lambda row: row.filename, _own_model, ("filename", "split", "review", "review_note")
    ),
    Category: Described(AuditKind.CATEGORY, lambda row: row.name, _own_model, ("name", "color", "position")),
    TrainingRun: Described(
        AuditKind.TRAINING_RUN, lambda row: f"#{row.number}", _own_model, ("name", "note", "parameters")
    ),
    Weights: Described(
        AuditKind.WEIGHTS,
        lambda row: row.filename,
        _own_model,
        ("sha256", "size", "architecture", "iteration"),
    ),
    PredictionRun: Described(
        AuditKind.PREDICTION_RUN,
        lambda row: f"#{row.number}",
        _own_model,
        ("weights_id", "parameters", "total"),
    ),
    WatchedFolder: Described(
        AuditKind.WATCHED_FOLDER, lambda row: row.name, _own_model, ("name", "active", "score_threshold")
    ),
}


def _know_value_before(_row: Any, _value: Any, _before: Any, _initiator: Any) -> None:
    """Does nothing; with ``active_history`` SQLAlchemy reads a value that it does not know before it is replaced."""


for _table, _known in DESCRIBED.items():
    for _field in _known.fields:
        event.listen(getattr(_table, _field), "set", _know_value_before, active_history=True)


def described(row: Any) -> Described:
    """How rows of this table are described."""
    return DESCRIBED[type(row)]


def values_of(row: Any) -> dict[str, Any]:
    """Its fields that are set."""
    values = {name: getattr(row, name) for name in described(row).fields}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def unsaved_changes(row: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that were set since the row was read, as they were and as they are. Call it before the flush."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for name in described(row).fields:
        changed = state.attrs[name].history
        if changed.added and list(changed.added) != list(changed.deleted or ()):
            after[name] = changed.added[0]
            if changed.deleted:
                before[name] = changed.deleted[0]
    return before, after


def find(kind: AuditKind, object_id: int) -> Any:
    """The row of this kind with this id; None if it is gone."""
    table = next(table for table, known in DESCRIBED.items() if known.kind is kind)
    return db.session.get(table, object_id)
