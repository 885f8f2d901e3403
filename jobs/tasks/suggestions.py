"""The job that suggests labels: the predict worker runs weights over photos of the library."""

import logging
from typing import Any

from jobs.detection.errors import DetectionError
from jobs.detection.inputs.images import read_image
from jobs.detection.prediction.predictor import Predictor
from jobs.tasks import engine_reasons
from jobs.tasks.run_job import carry_out
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.images import intake as image_intake
from webapp.models import Image, LibraryRun
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped
from webapp.suggestions import drafts as suggestion_drafts
from webapp.suggestions import runs as suggestion_runs
from webapp.training.weights import files as weights_files

_log = logging.getLogger(__name__)


def suggest(run_id: int) -> None:
    """RQ's entry point. After any error the run is failed with a reason."""
    carry_out(LibraryRun, run_id, _work, library_runs.fail, reason_of)


def reason_of(error: Exception) -> dict[str, Any]:
    """Why a run failed, for ``webapp.runs.errors.sentence``."""
    if isinstance(error, UserError):
        return {"code": error.code, "message": error.message}
    return engine_reasons.reason_of(error)


def _work(run: LibraryRun) -> None:
    run_id = run.id
    result = {"photos": 0, "shapes": 0, "failed": 0, "image_id": run.parameters["image_id"]}
    try:
        _look_at_all(run, result)
    except RunStopped:
        library_runs.stopped(run_id, result)
    else:
        library_runs.finish(run_id, result)


def _look_at_all(run: LibraryRun, result: dict[str, Any]) -> None:
    run_id, model_id = run.id, run.model_id
    chosen = suggestion_runs.weights_of(run)
    weights_id = chosen.id
    ids = suggestion_runs.photos_of(run)
    library_runs.progress(run_id, 0, len(ids))
    predictor = Predictor(weights_files.file_of(chosen), score_threshold=suggestion_drafts.LOOKED_AT_SCORE)
    for done, image_id in enumerate(ids, start=1):
        found = _look_at(predictor, image_id)
        if found is None:
            result["failed"] += 1
        else:
            result["shapes"] += suggestion_drafts.keep(
                image_id, found, model_id=model_id, weights_id=weights_id
            )
            result["photos"] += 1
            db.session.commit()
        library_runs.progress(run_id, done)


def _look_at(predictor: Predictor, image_id: int) -> list[FoundObject] | None:
    """None where the photo is gone or cannot be read."""
    image = db.session.get(Image, image_id)
    try:
        rgb = read_image(image_intake.file_path(image.file)) if image else None
    except (DetectionError, UserError):
        _log.exception("photo %s cannot be read", image_id)
        rgb = None
    # End the transaction: inference may take seconds.
    db.session.rollback()
    return None if rgb is None else predictor.predict(rgb)
