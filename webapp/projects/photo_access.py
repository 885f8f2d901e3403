"""Whether a person may see a stored photo: it is addressed by its content, and models share it."""

from sqlalchemy import select

from webapp.core.extensions import db
from webapp.models import (
    DataImport,
    DetectionModel,
    Image,
    ImportFile,
    PredictedImage,
    PredictionRun,
    TrashedImage,
    User,
)
from webapp.projects import access


def may_see(user: User, sha256: str) -> bool:
    """Whether a model that is there for this person has the photo, in whatever way pages show it."""
    if access.sees_all(user):
        return True
    seen = access.visible_to(user)
    own = select(Image.id).join(DetectionModel, DetectionModel.id == Image.model_id)
    if db.session.scalar(select(own.where(Image.sha256 == sha256, seen).exists())):
        return True
    elsewhere = (
        select(TrashedImage.id)
        .join(DetectionModel, DetectionModel.id == TrashedImage.model_id)
        .where(TrashedImage.sha256 == sha256, seen),
        select(PredictedImage.id)
        .join(PredictionRun, PredictionRun.id == PredictedImage.run_id)
        .join(DetectionModel, DetectionModel.id == PredictionRun.model_id)
        .where(PredictedImage.sha256 == sha256, seen),
        select(ImportFile.id)
        .join(DataImport, DataImport.id == ImportFile.import_id)
        .join(DetectionModel, DetectionModel.id == DataImport.model_id)
        .where(ImportFile.sha256 == sha256, seen),
        select(DetectionModel.id).where(DetectionModel.picture_sha256 == sha256, seen),
    )
    return any(db.session.scalar(select(statement.exists())) for statement in elsewhere)
