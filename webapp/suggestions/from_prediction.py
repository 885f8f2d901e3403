"""Sends a predicted photo into the training data, with its detections as suggestions."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import thumbnails
from webapp.images.names import free_name
from webapp.models import AuditAction, DetectionModel, Image, ImageState, PredictedImage, PredictionRun, Split
from webapp.prediction import detections, runs
from webapp.suggestions import drafts


def send(run: PredictionRun, photo: PredictedImage) -> tuple[Image, bool]:
    """The photo of the model, and whether it was just added. Commits.

    A photo that the model already has, under any name, keeps its split and gets the suggestions. Raises
    UserError if the photo was not predicted.
    """
    if photo.state != ImageState.DONE or photo.sha256 is None:
        raise UserError(
            _("This photo was not predicted, so there is nothing to correct."),
            code="not_predicted",
            status=409,
        )
    run_id, photo_id, weights_id, model = run.id, photo.id, run.weights_id, run.model
    path, sha256, thresholds = photo.path, photo.sha256, runs.thresholds_of(run)
    try:
        image, is_new = _in_library(model, path, sha256)
    except IntegrityError:
        # Another request added the same photo in the meantime: find it now.
        db.session.rollback()
        image, is_new = _in_library(model, path, sha256)
    found = detections.of_images([photo_id], masks=True)[photo_id]
    drafts.keep(
        image.id, found, thresholds, model_id=model.id, weights_id=weights_id, prediction_run_id=run_id
    )
    action = AuditAction.CREATE if is_new else AuditAction.SUGGEST
    record(action, image, after={"prediction_run": run_id, "split": image.split})
    db.session.commit()
    if is_new:
        thumbnails.request([sha256])
    return image, is_new


def _in_library(model: DetectionModel, path: str, sha256: str) -> tuple[Image, bool]:
    known = db.session.scalar(select(Image).where(Image.model_id == model.id, Image.sha256 == sha256))
    if known is not None:
        return known, False
    image = Image(model_id=model.id, sha256=sha256, filename=free_name(model.id, path), split=Split.TRAIN)
    db.session.add(image)
    db.session.flush()
    return image, True
