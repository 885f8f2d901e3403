"""Which model an address belongs to: told from the kind of thing and the id that stand in it.

Pages and REST share the kinds. A kind that nobody has entered here is refused at both doors.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from webapp.models import (
    AuditKind,
    Category,
    DataImport,
    DetectionModel,
    Image,
    LibraryRun,
    PredictionRun,
    TrainingRun,
    WatchedFolder,
    Weights,
)

OWNED: dict[str, tuple[str, Any, Any]] = {
    "models": ("model_id", DetectionModel.id, DetectionModel.id),
    "images": ("image_id", Image.id, Image.model_id),
    "imports": ("import_id", DataImport.id, DataImport.model_id),
    "training-runs": ("run_id", TrainingRun.id, TrainingRun.model_id),
    "prediction-runs": ("run_id", PredictionRun.id, PredictionRun.model_id),
    "library-runs": ("run_id", LibraryRun.id, LibraryRun.model_id),
    "categories": ("category_id", Category.id, Category.model_id),
    "weights": ("weights_id", Weights.id, Weights.model_id),
    "watched-folders": ("folder_id", WatchedFolder.id, WatchedFolder.model_id),
}
"""Of each kind: the argument of the address, the id of its rows, the id of their model."""
RUNS_ON_BOARD = {"training": "training-runs", "prediction": "prediction-runs"}
HISTORIES = {
    AuditKind.MODEL: "models",
    AuditKind.IMAGE: "images",
    AuditKind.CATEGORY: "categories",
    AuditKind.TRAINING_RUN: "training-runs",
    AuditKind.WEIGHTS: "weights",
    AuditKind.PREDICTION_RUN: "prediction-runs",
    AuditKind.WATCHED_FOLDER: "watched-folders",
}
"""Of an object whose history is asked for."""
HISTORIES_OF_NO_MODEL = (AuditKind.ACCOUNT, AuditKind.TOKEN)
OF_NO_MODEL = {
    "account": "the session is looked up among the person's own",
    "api-tokens": "the token is looked up among those that the person may see",
    "photos": "a photo may be of several models: webapp/projects/photo_access.py",
    "users": "for administrators alone",
}
"""Kinds whose addresses have an argument and belong to no model, and what is looked at instead."""


class UnknownKind(LookupError):
    """Nobody has said whose the rows of this kind are."""


def row_of(path: str, arguments: Mapping[str, Any]) -> tuple[str, int] | None:
    """Kind and id of the row that an address names; None if it belongs to no model.

    ``path`` is the rule without the prefix of REST, such as ``/models/<int:model_id>/edit``. Raises UnknownKind.
    """
    kind = path.split("/")[1]
    if not arguments or kind in OF_NO_MODEL:
        return None
    if kind == "history":
        return _of_history(path, arguments)
    if kind == "board":
        kind = RUNS_ON_BOARD[arguments["kind"]]
    if kind not in OWNED:
        raise UnknownKind(path)
    return kind, arguments[OWNED[kind][0]]


def _of_history(path: str, arguments: Mapping[str, Any]) -> tuple[str, int] | None:
    if arguments["kind"] in HISTORIES_OF_NO_MODEL:
        return None
    if arguments["kind"] not in HISTORIES:
        raise UnknownKind(path)
    return HISTORIES[arguments["kind"]], arguments["object_id"]


def model_id_of(kind: str, row_id: int) -> Any:
    """The id of the model of a row, for a WHERE; it equals nothing where there is no such row."""
    if kind == "models":
        return row_id
    _argument, own_id, model_id = OWNED[kind]
    return select(model_id).where(own_id == row_id).scalar_subquery()
