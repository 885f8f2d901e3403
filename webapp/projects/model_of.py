"""Which model a row belongs to, by the name that REST addresses have for its kind."""

from sqlalchemy import select

from webapp.core.extensions import db
from webapp.models import DataImport, Image, PredictionRun, TrainingRun

_OWNED = {
    "images": (Image.id, Image.model_id),
    "imports": (DataImport.id, DataImport.model_id),
    "training-runs": (TrainingRun.id, TrainingRun.model_id),
    "prediction-runs": (PredictionRun.id, PredictionRun.model_id),
}


def model_id_of(kind: str, row_id: int) -> int | None:
    """The id of the model; None if there is no such row, or nobody has said here whose rows of this kind are."""
    if kind == "models":
        return row_id
    if kind not in _OWNED:
        return None
    own_id, model_id = _OWNED[kind]
    return db.session.scalar(select(model_id).where(own_id == row_id))
