"""A prediction run's life, as ``training_runs`` has it for trainings."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from webapp.errors import UserError
from webapp.extensions import db
from webapp.formats.filenames import is_system_litter, safe_filename
from webapp.models import (
    Detection,
    DetectionModel,
    Image,
    PhotoState,
    PredictedPhoto,
    PredictionRun,
    RunStatus,
    User,
)
from webapp.models.columns import now
from webapp.models.run_status import ACTIVE
from webapp.services import detection_models, photos, queues, run_states, weights
from webapp.services.photos import FileRefused, Upload

JOB = "jobs.tasks_prediction.predict_run"
DEFAULT_SCORE_THRESHOLD = 0.5


def start(
    model: DetectionModel,
    user: User | None,
    uploads: list[Upload],
    image_ids: list[int] | None = None,
    weights_id: int | None = None,
    score_threshold: float | None = None,
    stored: Iterable[tuple[str, str]] = (),
) -> PredictionRun:
    """Queue a run over uploaded photos, photos of the library and ``stored`` ones (file name, SHA-256).

    A photo that cannot be read is listed with its reason and does not keep the others. Raises UserError:
    never trained, no photos, a threshold outside 0 to 1, unknown weights or photos.
    """
    chosen = weights.open_weights(model, weights_id) if weights_id is not None else weights.newest(model)
    if chosen is None or model.id not in weights.trained_models([model.id]):
        raise UserError(
            _("This model has not been trained yet: train it first."), code="not_trained", status=409
        )
    threshold = _checked_threshold(score_threshold)
    rows = [_uploaded(upload) for upload in uploads if not is_system_litter(upload.filename)]
    rows += [
        PredictedPhoto(filename=filename, sha256=sha256, state=PhotoState.WAITING)
        for filename, sha256 in stored
    ]
    rows += _from_library(model, image_ids or [])
    if not rows:
        raise UserError(_("Choose at least one photo."), code="no_photos", field="files")
    detection_models.hold(model)
    number = db.session.scalar(
        select(func.coalesce(func.max(PredictionRun.number), 0) + 1).where(PredictionRun.model_id == model.id)
    )
    run = PredictionRun(
        model_id=model.id,
        number=number,
        weights_id=chosen.id,
        parameters={"score_threshold": threshold},
        total=len(rows),
        done=sum(row.state == PhotoState.FAILED for row in rows),
        created_by_id=user.id if user else None,
    )
    db.session.add(run)
    db.session.flush()
    for row in rows:
        row.run_id = run.id
    db.session.add_all(rows)
    db.session.commit()
    enqueue(run)
    return run


def _checked_threshold(value: float | None) -> float:
    if value is None:
        return DEFAULT_SCORE_THRESHOLD
    if not 0 <= value <= 1:
        raise UserError(
            _("The score threshold lies between 0 and 1."), code="parameter_invalid", field="score_threshold"
        )
    return value


def _uploaded(upload: Upload) -> PredictedPhoto:
    try:
        photo = photos.check_photo(upload)
    except FileRefused as refused:
        return PredictedPhoto(
            filename=safe_filename(upload.filename), state=PhotoState.FAILED, reason=refused.fault
        )
    photos.store_photo(photo)
    return PredictedPhoto(filename=photo.filename, sha256=photo.sha256, state=PhotoState.WAITING)


def _from_library(model: DetectionModel, image_ids: list[int]) -> list[PredictedPhoto]:
    found = {
        image.id: image
        for image in db.session.scalars(
            select(Image).where(Image.model_id == model.id, Image.id.in_(image_ids))
        )
    }
    unknown = [image_id for image_id in image_ids if image_id not in found]
    if unknown:
        raise UserError(
            _("This model has no photo %(id)s.", id=unknown[0]), code="photo_unknown", field="image_ids"
        )
    return [
        PredictedPhoto(
            filename=found[image_id].filename, sha256=found[image_id].sha256, state=PhotoState.WAITING
        )
        for image_id in dict.fromkeys(image_ids)
    ]


def enqueue(run: PredictionRun) -> None:
    """After the commit; the janitor does it again for a run whose job got lost."""
    run.job_id = queues.enqueue(queues.PREDICT, JOB, run.id)
    db.session.commit()


def open_run(run_id: int) -> PredictionRun:
    """Raises UserError (404)."""
    run = db.session.get(PredictionRun, run_id)
    if run is None or run.model.deleted_at is not None:
        raise UserError(_("There is no such prediction."), code="not_found", status=404)
    return run


def list_runs(model: DetectionModel, limit: int = 50) -> list[PredictionRun]:
    """Newest first."""
    return list(
        db.session.scalars(
            select(PredictionRun)
            .where(PredictionRun.model_id == model.id)
            .order_by(PredictionRun.id.desc())
            .limit(limit)
        )
    )


def list_photos(
    run: PredictionRun, after: int = 0, limit: int = 60, state: PhotoState | None = None
) -> list[PredictedPhoto]:
    """A page of photos in order of their id."""
    statement = select(PredictedPhoto).where(PredictedPhoto.run_id == run.id, PredictedPhoto.id > after)
    if state is not None:
        statement = statement.where(PredictedPhoto.state == state)
    return list(db.session.scalars(statement.order_by(PredictedPhoto.id).limit(limit)))


def open_photo(run: PredictionRun, photo_id: int) -> PredictedPhoto:
    """Raises UserError (404)."""
    photo = db.session.get(PredictedPhoto, photo_id)
    if photo is None or photo.run_id != run.id:
        raise UserError(_("There is no such photo in this prediction."), code="not_found", status=404)
    return photo


def list_detections(run: PredictionRun, after: int = 0, limit: int = 1000) -> list[Detection]:
    """A page of detections in order of their id."""
    return list(
        db.session.scalars(
            select(Detection)
            .join(PredictedPhoto)
            .where(PredictedPhoto.run_id == run.id, Detection.id > after)
            .order_by(Detection.id)
            .limit(limit)
            # The API names the photo of each: one query, not one a photo.
            .options(contains_eager(Detection.photo))
        )
    )


def totals(run: PredictionRun) -> dict[str, int]:
    """Detections per category, most first."""
    rows = db.session.execute(
        select(Detection.category, func.count().label("count_"))
        .join(PredictedPhoto)
        .where(PredictedPhoto.run_id == run.id)
        .group_by(Detection.category)
        .order_by(func.count().desc(), Detection.category)
    )
    return {row.category: row.count_ for row in rows}


def request_stop(run: PredictionRun) -> None:
    """Ask the run to stop after the photo in hand; one that still waits is stopped at once."""
    run_states.request_stop(run)


def change_state(run_id: int, expected: tuple[RunStatus, ...], status: RunStatus, **values: Any) -> bool:
    """Move a run on if it is in one of the ``expected`` states; False where it was not."""
    return run_states.change_state(PredictionRun, run_id, expected, status, **values)


def fail(run_id: int, error: dict[str, Any]) -> bool:
    """End a run with a reason of ``run_errors``; False where it was over already."""
    return change_state(run_id, ACTIVE, RunStatus.FAILED, error=error, finished_at=now())
