"""The job that suggests labels: the predict worker runs weights over photos of the library."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from jobs.detection.errors import ImageMissing
from jobs.detection.image_errors import of_image
from jobs.detection.inputs.images import read_image
from jobs.detection.prediction.predictor import Predictor
from jobs.tasks import engine_reasons
from jobs.tasks.image_paths import picture_path
from jobs.tasks.run_job import carry_out
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.images.values import renditions
from webapp.images.values.renditions import Picture
from webapp.models import DetectionModel, Image, LibraryRun
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped
from webapp.suggestions import drafts as suggestion_drafts
from webapp.suggestions import runs as suggestion_runs
from webapp.training.weights import files as weights_files
from webapp.training.weights import thresholds as weights_thresholds

EXAMPLES = 1_000
"""Most photos listed with their reason; the others are counted."""


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
    result = {
        "photos": 0,
        "shapes": 0,
        "failed": 0,
        "failed_examples": [],
        "image_id": run.parameters["image_id"],
    }
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
    thresholds = weights_thresholds.in_use(run.model, chosen).thresholds
    suppression = run.model.suppression
    predictor = Predictor(weights_files.file_of(chosen), score_threshold=suggestion_drafts.LOOKED_AT_SCORE)

    def find(photo: np.ndarray) -> list[FoundObject]:
        return predictor.predict(photo, suppression, thresholds=thresholds)

    for done, image_id in enumerate(ids, start=1):
        image = db.session.get(Image, image_id)
        name = image.filename if image else f"#{image_id}"
        try:
            found = _look_at(find, image)
            shapes = suggestion_drafts.keep(
                image_id, found, thresholds, model_id=model_id, weights_id=weights_id
            )
        except SQLAlchemyError:
            raise
        except Exception as error:
            db.session.rollback()
            fault = engine_reasons.fault_of(of_image(error, name))
            result["failed"] += 1
            if len(result["failed_examples"]) < EXAMPLES:
                result["failed_examples"].append({"filename": name, "reason": fault})
        else:
            db.session.commit()
            result["shapes"] += shapes
            result["photos"] += 1
        library_runs.progress(run_id, done)


def _look_at(find: Callable[[np.ndarray], list[FoundObject]], image: Image | None) -> list[FoundObject]:
    """Raises whatever the photo raises; ``ImageMissing`` for one that is gone."""
    picture = _picture(image) if image else None
    # End the transaction: inference may take seconds.
    db.session.rollback()
    if picture is None:
        raise ImageMissing()
    return find(read_image(picture_path(picture)))


def _picture(image: Image) -> Picture:
    model = db.session.get_one(DetectionModel, image.model_id)
    return renditions.picture_of(image.file, model.range_in_use)
