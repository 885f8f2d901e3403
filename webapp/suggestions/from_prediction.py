"""Sends a predicted photo into the training data, with its detections as suggestions."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.annotations import reviews
from webapp.annotations import store as annotation_store
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import thumbnails
from webapp.images.names import free_name
from webapp.models import (
    AuditAction,
    DetectionModel,
    Image,
    ImageState,
    LabelSource,
    PredictedImage,
    PredictionRun,
    Review,
    Split,
    User,
)
from webapp.models.columns import now
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


def confirm(run: PredictionRun, photo: PredictedImage, user: User | None) -> Image:
    """A person says that everything was found as it is: the detections become labels of the photo. Commits.

    Labels that the photo has already stay as they are. It counts as reviewed, unless the model wants somebody else
    than who made the labels for that. Raises UserError if the photo was not predicted.
    """
    image, _is_new = send(run, photo)
    model = run.model
    if not image.labelled:
        thresholds = runs.thresholds_of(run)
        shown = [one for one in drafts.of_image(image) if thresholds.passes(one.category, one.score)]
        if shown:
            drafts.accept({image.id: shown}, model, user, now())
        else:
            nothing = annotation_store.ImageAnnotations(image.id, [], no_object=True)
            annotation_store.write(model, [nothing], source=LabelSource.SUGGESTION, user=user)
        db.session.commit()
        db.session.refresh(image)
    drafts.decide(image, decided=[one.id for one in drafts.of_image(image)], waiting=[])
    if not model.review_by_others and image.review is not Review.REVIEWED:
        reviews.set_review(image, Review.REVIEWED, by=user)
    return image
