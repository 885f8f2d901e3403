"""Prediction runs: start, stop, resume, list (compare ``webapp/training/runs.py``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import contains_eager

from webapp.audit.objects import values_of
from webapp.audit.recording import record, record_now
from webapp.contracts.prediction_parameters import Device, PredictionParameters
from webapp.contracts.run_status import ACTIVE
from webapp.contracts.score_thresholds import Thresholds
from webapp.core import queues
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import folder_and_name, is_system_litter
from webapp.images import intake as image_intake
from webapp.images.browsing.queries import ImageQuery
from webapp.images.intake import FileRefused, Upload
from webapp.images.values import ranges
from webapp.models import (
    AuditAction,
    Detection,
    DetectionModel,
    Image,
    ImageState,
    PredictedImage,
    PredictionRun,
    RunStatus,
    User,
)
from webapp.models.columns import now
from webapp.prediction import parameters as prediction_parameters
from webapp.prediction.detections import counts
from webapp.projects import detection_models
from webapp.runs import states as run_states
from webapp.runs import training_machine
from webapp.training.weights import in_use

JOB = "jobs.tasks.prediction.predict_run"
MOST_RESUMES = 3
"""How often a run is resumed without finishing a photo in between before it fails."""


@dataclass(frozen=True)
class StoredImage:
    """A photo uploaded before the start; an unusable one has a ``fault`` instead of a hash."""

    filename: str
    sha256: str | None
    fault: dict[str, Any] | None = None
    """A document of ``webapp.images.faults``."""
    folder: str = ""
    """The folders it was sent with."""


@dataclass(frozen=True)
class Sources:
    """The sources of a run's photos, which are combined."""

    uploads: Sequence[Upload] = ()
    stored: Sequence[StoredImage] = ()
    """Photos uploaded before the start."""
    image_ids: Sequence[int] = ()
    """Ids of photos of the model."""
    query: ImageQuery | None = None
    """All photos of the model that match it."""


def start(
    model: DetectionModel,
    user: User | None,
    sources: Sources,
    weights_id: int | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> PredictionRun:
    """Queue a run. ``parameters`` are fields of ``PredictionParameters``; missing ones get their default.

    Without a ``score_threshold`` the thresholds in use with the weights count. Second detections of an object are
    left out as the model has it set.

    A photo that cannot be read is listed with its reason; the others are predicted. Raises UserError: never
    trained, no photos, a parameter out of its range, unknown weights or photos.
    """
    chosen = in_use.for_prediction(model, weights_id)
    in_use.refuse_other_categories(model, chosen)
    checked = prediction_parameters.complete(_checked_parameters(parameters or {}), model, chosen)
    rows = [_uploaded(upload) for upload in sources.uploads if not is_system_litter(upload.filename)]
    rows += [
        PredictedImage(
            filename=photo.filename,
            folder=photo.folder,
            sha256=photo.sha256,
            state=ImageState.WAITING if photo.sha256 else ImageState.FAILED,
            reason=photo.fault,
        )
        for photo in sources.stored
    ]
    rows += _from_library(model, sources.image_ids)
    detection_models.lock(model)
    sent = [row.sha256 for row in rows if row.sha256]
    ranges.observe(model, (file.measured for file in image_intake.deep_files(sent)))
    number = db.session.scalar(
        select(func.coalesce(func.max(PredictionRun.number), 0) + 1).where(PredictionRun.model_id == model.id)
    )
    run = PredictionRun(
        model_id=model.id,
        number=number,
        weights_id=chosen.id,
        parameters=checked.stored(),
        total=len(rows),
        done=sum(row.state == ImageState.FAILED for row in rows),
        value_range=model.range_in_use.numbers if model.range_in_use else None,
        created_by_id=user.id if user else None,
    )
    db.session.add(run)
    db.session.flush()
    for row in rows:
        row.run_id = run.id
    db.session.add_all(rows)
    if sources.query is not None:
        run.total += _add_queried(model, run, sources.query)
    record(AuditAction.PREDICT, run, number=run.total, after=values_of(run))
    if not run.total:
        db.session.rollback()
        raise UserError(_("Choose at least one photo."), code="no_photos", field="files")
    db.session.commit()
    enqueue(run)
    return run


def _checked_parameters(values: Mapping[str, Any]) -> PredictionParameters:
    parameters = prediction_parameters.checked(values)
    if parameters.device == Device.CUDA and not training_machine.has_gpu():
        raise UserError(_("There is no GPU here: choose the CPU."), code="parameter_invalid", field="device")
    return parameters


def _add_queried(model: DetectionModel, run: PredictionRun, query: ImageQuery) -> int:
    """Add the photos of a query with one statement; returns their number."""
    meant = (
        select(literal(run.id), Image.filename, Image.sha256, literal(ImageState.WAITING.value), literal(0))
        .where(*query.where(model))
        .order_by(Image.id)
    )
    columns = ["run_id", "filename", "sha256", "state", "attempts"]
    added = db.session.execute(insert(PredictedImage).from_select(columns, meant))
    return int(added.rowcount)  # type: ignore[attr-defined]


def _uploaded(upload: Upload) -> PredictedImage:
    folder, name = folder_and_name(upload.filename)
    row = PredictedImage(filename=name, folder=folder, state=ImageState.WAITING)
    try:
        photo = image_intake.check_image(upload)
    except FileRefused as refused:
        row.state, row.reason = ImageState.FAILED, refused.fault
        return row
    image_intake.store_image(photo)
    row.sha256 = photo.sha256
    return row


def _from_library(model: DetectionModel, image_ids: Sequence[int]) -> list[PredictedImage]:
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
        PredictedImage(
            filename=found[image_id].filename, sha256=found[image_id].sha256, state=ImageState.WAITING
        )
        for image_id in dict.fromkeys(image_ids)
    ]


def enqueue(run: PredictionRun) -> None:
    """Queue the job. Call it after the commit; the janitor repeats it for a run whose job was lost."""
    run.job_id = queues.enqueue(queues.PREDICT, JOB, run.id)
    db.session.commit()


def open_run(run_id: int) -> PredictionRun:
    """Raises UserError (404)."""
    run = db.session.get(PredictionRun, run_id)
    if run is None or run.model.deleted_at is not None:
        raise UserError(_("There is no such prediction."), code="not_found", status=404)
    return run


def find_run(model: DetectionModel, run_id: int) -> PredictionRun | None:
    """The run of this model with this id; None where it has none."""
    run = db.session.get(PredictionRun, run_id)
    return run if run is not None and run.model_id == model.id else None


def record_download(run: PredictionRun, part: str) -> None:
    """Tell the audit that its results are downloaded: ``zip``, ``csv`` or ``coco``. Commits."""
    record_now(AuditAction.DOWNLOAD, run, after={"file": part})


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


def list_images(
    run: PredictionRun, after: int = 0, limit: int = 60, state: ImageState | None = None
) -> list[PredictedImage]:
    """A page of photos in order of their id."""
    statement = select(PredictedImage).where(PredictedImage.run_id == run.id, PredictedImage.id > after)
    if state is not None:
        statement = statement.where(PredictedImage.state == state)
    return list(db.session.scalars(statement.order_by(PredictedImage.id).limit(limit)))


def predictions_of_photo(model: DetectionModel, sha256: str, limit: int = 10) -> list[PredictedImage]:
    """A photo in the predictions of a model, those that found something or nothing, the newest first."""
    statement = (
        select(PredictedImage)
        .join(PredictionRun, PredictionRun.id == PredictedImage.run_id)
        .where(
            PredictedImage.sha256 == sha256,
            PredictionRun.model_id == model.id,
            PredictedImage.state == ImageState.DONE,
        )
    )
    return list(db.session.scalars(statement.order_by(PredictedImage.id.desc()).limit(limit)))


def photos_again(model: DetectionModel, run_id: int) -> list[StoredImage]:
    """The photos of an earlier run of this model, to be predicted once more; empty where there is no such run."""
    photos = select(PredictedImage).join(PredictionRun, PredictionRun.id == PredictedImage.run_id)
    wanted = photos.where(PredictionRun.model_id == model.id, PredictionRun.id == run_id)
    found = db.session.scalars(wanted.order_by(PredictedImage.id))
    return [StoredImage(photo.filename, photo.sha256, photo.reason, photo.folder) for photo in found]


def open_image(run: PredictionRun, photo_id: int) -> PredictedImage:
    """Raises UserError (404)."""
    photo = db.session.get(PredictedImage, photo_id)
    if photo is None or photo.run_id != run.id:
        raise UserError(_("There is no such photo in this prediction."), code="not_found", status=404)
    return photo


def list_detections(
    run: PredictionRun, after: int = 0, limit: int = 1000, thresholds: Thresholds | None = None
) -> list[Detection]:
    """A page of detections in order of their id; ``thresholds`` override the run's own."""
    above = counts(thresholds or thresholds_of(run))
    return list(
        db.session.scalars(
            select(Detection)
            .join(PredictedImage)
            .where(PredictedImage.run_id == run.id, Detection.id > after, above)
            .order_by(Detection.id)
            .limit(limit)
            # The API returns the photo of each: load them in the same query.
            .options(contains_eager(Detection.photo))
        )
    )


def thresholds_of(run: PredictionRun) -> Thresholds:
    """The thresholds that it was started with."""
    return Thresholds.of_parameters(run.parameters)


def go_on(run_id: int) -> bool:
    """Resume a run whose process died: queue it again. Finished photos stay finished.

    False if it is not active any more, or was resumed too often without finishing a photo.
    """
    run = db.session.get(PredictionRun, run_id)
    if run is None or run.resumes >= MOST_RESUMES:
        return False
    if run.stop_requested_at is not None:
        return change_state(run_id, (RunStatus.RUNNING,), RunStatus.STOPPED, finished_at=now())
    if not change_state(run_id, (RunStatus.RUNNING,), RunStatus.QUEUED, resumes=PredictionRun.resumes + 1):
        return False
    enqueue(run)
    return True


def request_stop(run: PredictionRun) -> None:
    """Ask the run to stop after the photos being processed; a queued one is stopped at once."""
    run_states.request_stop(run)


def change_state(run_id: int, expected: tuple[RunStatus, ...], status: RunStatus, **values: Any) -> bool:
    """Change the status if it is one of ``expected``; False if it is not."""
    return run_states.change_state(PredictionRun, run_id, expected, status, **values)


def fail(run_id: int, error: dict[str, Any]) -> bool:
    """Fail a run with a document of ``webapp.runs.errors``; False if it had already ended."""
    return change_state(run_id, ACTIVE, RunStatus.FAILED, error=error, finished_at=now())
