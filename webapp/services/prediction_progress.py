"""What a worker writes of a prediction run; its photos are finished one by one, none twice."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.formats.mask_shape import measure_mask
from webapp.models import Detection, PhotoState, PredictedPhoto, PredictionRun, RunStatus
from webapp.models.columns import now
from webapp.services import prediction_runs, run_states, signals


def claim(run_id: int) -> PredictionRun | None:
    """Take a queued run; None where another worker or a stop was faster."""
    return run_states.claim(PredictionRun, run_id)


def set_device(run_id: int, device: str) -> None:
    """Name the device that the run uses."""
    run_states.touch(PredictionRun, run_id, device=device)


def next_photo(run_id: int) -> PredictedPhoto | None:
    """The next photo that waits."""
    return db.session.scalar(
        select(PredictedPhoto)
        .where(PredictedPhoto.run_id == run_id, PredictedPhoto.state == PhotoState.WAITING)
        .order_by(PredictedPhoto.id)
        .limit(1)
    )


def finish_photo(run_id: int, photo_id: int, detections: list[dict[str, Any]]) -> None:
    """Store what was found, in one transaction with the photo's state.

    A detection is ``category``, ``score``, ``bbox``, ``segmentation`` and ``area`` as in the table.
    """
    photo = db.session.get_one(PredictedPhoto, photo_id)
    photo.state = PhotoState.DONE
    photo.finished_at = now()
    for detection in detections:
        shape = measure_mask(detection["segmentation"])
        db.session.add(Detection(photo_id=photo_id, **detection, **asdict(shape)))
    _count_one(run_id)


def fail_photo(run_id: int, photo_id: int, reason: dict[str, Any]) -> None:
    """List the photo with its reason; the run goes on. ``reason`` is a document of ``photo_faults``."""
    photo = db.session.get_one(PredictedPhoto, photo_id)
    photo.state = PhotoState.FAILED
    photo.finished_at = now()
    photo.reason = reason
    _count_one(run_id)


def finish(run_id: int, stopped: bool) -> None:
    """The last photo is done, or the user stopped the run."""
    prediction_runs.change_state(
        run_id,
        (RunStatus.RUNNING,),
        RunStatus.STOPPED if stopped else RunStatus.COMPLETED,
        finished_at=now(),
    )


def stop_requested(run_id: int) -> bool:
    """Whether the user asked for a stop."""
    return run_states.stop_requested_at(PredictionRun, run_id) is not None


def _count_one(run_id: int) -> None:
    run_states.touch(PredictionRun, run_id, done=PredictionRun.done + 1)
    signals.publish(signals.prediction_topic(run_id))
