"""Writes the progress of a prediction run; each photo is finished exactly once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update

from webapp.core import signals
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.images import faults as image_faults
from webapp.models import Detection, ImageState, PredictedImage, PredictionRun, RunStatus
from webapp.models.columns import now
from webapp.prediction import runs
from webapp.runs import states as run_states

MOST_ATTEMPTS = 2


def claim(run_id: int) -> PredictionRun | None:
    """Claim a queued run; None if another worker or a stop was faster."""
    return run_states.claim(PredictionRun, run_id)


def set_device(run_id: int, device: str) -> None:
    """Store the device that the run uses."""
    run_states.touch(PredictionRun, run_id, device=device)


def next_image(run_id: int, after: int = 0) -> PredictedImage | None:
    """The next waiting photo with an id above ``after``."""
    return db.session.scalar(
        select(PredictedImage)
        .where(
            PredictedImage.run_id == run_id,
            PredictedImage.state == ImageState.WAITING,
            PredictedImage.id > after,
        )
        .order_by(PredictedImage.id)
        .limit(1)
    )


def begin_image(run_id: int, photo: PredictedImage) -> bool:
    """Count the attempt; False if the photo is given up because its process died repeatedly."""
    if photo.attempts >= MOST_ATTEMPTS:
        fail_image(run_id, photo.id, image_faults.fault_document("process_ended"))
        return False
    photo.attempts += 1
    db.session.commit()
    return True


def finish_image(run_id: int, photo_id: int, detections: Sequence[FoundObject]) -> None:
    """Store what was found, in one transaction with the photo's state.

    Raises RunTakenAway where another worker has finished the photo.
    """
    _end_photo(run_id, photo_id, ImageState.DONE)
    if detections:
        db.session.execute(
            insert(Detection), [{"photo_id": photo_id} | found.as_columns() for found in detections]
        )
    _count_one(run_id)


def fail_image(run_id: int, photo_id: int, reason: dict[str, Any]) -> None:
    """Mark the photo as failed; the run goes on. ``reason`` is a document of ``webapp.images.faults``."""
    _end_photo(run_id, photo_id, ImageState.FAILED, reason=reason)
    _count_one(run_id)


def _end_photo(run_id: int, photo_id: int, state: ImageState, **values: Any) -> None:
    """Conditional UPDATE, so that no photo is counted twice even if two workers process the run."""
    waited = db.session.execute(
        update(PredictedImage)
        .where(PredictedImage.id == photo_id, PredictedImage.state == ImageState.WAITING)
        .values(state=state, finished_at=now(), **values)
        .returning(PredictedImage.id)
    ).first()
    if waited is None:
        db.session.rollback()
        raise run_states.RunTakenAway(f"photo {photo_id} of prediction {run_id} is not waiting any more")


def finish(run_id: int, stopped: bool) -> None:
    """End the run: completed or stopped."""
    runs.change_state(
        run_id,
        (RunStatus.RUNNING,),
        RunStatus.STOPPED if stopped else RunStatus.COMPLETED,
        finished_at=now(),
    )


def stop_requested(run_id: int) -> bool:
    """Whether the user asked for a stop."""
    return run_states.stop_requested_at(PredictionRun, run_id) is not None


def _count_one(run_id: int) -> None:
    run_states.touch(PredictionRun, run_id, done=PredictionRun.done + 1, resumes=0)
    signals.publish(signals.prediction_topic(run_id))
