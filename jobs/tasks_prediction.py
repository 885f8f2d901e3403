"""The prediction job: one photo after the other, each finished photo kept."""

import logging

from jobs.detection.errors import DetectionError
from jobs.detection.photos import read_photo
from jobs.detection.predictor import DetectionResult, Predictor
from jobs.engine_reasons import reason_of
from jobs.run_job import carry_out
from webapp.atomic_file import atomic_path
from webapp.extensions import db
from webapp.formats.result_drawing import draw_detections
from webapp.models import PredictedPhoto, PredictionRun
from webapp.services import photo_faults, prediction_progress, prediction_runs, storage, weights

_log = logging.getLogger(__name__)
PICTURE_QUALITY = 90


def predict_run(run_id: int) -> None:
    """RQ's entry point. Whatever happens, the run ends in one of its states with a reason."""
    carry_out(PredictionRun, run_id, _predict_all, prediction_runs.fail, reason_of)


def _predict_all(run: PredictionRun) -> None:
    run_id = run.id
    predictor = Predictor(
        weights.file_of(run.weights), score_threshold=float(run.parameters["score_threshold"])
    )
    prediction_progress.set_device(run_id, predictor.device)
    while (photo := prediction_progress.next_photo(run_id)) is not None:
        _predict_one(run_id, predictor, photo)
        if prediction_progress.stop_requested(run_id):
            prediction_progress.finish(run_id, stopped=True)
            return
    prediction_progress.finish(run_id, stopped=False)


def _predict_one(run_id: int, predictor: Predictor, photo: PredictedPhoto) -> None:
    photo_id, file = photo.id, photo.file
    try:
        if file is None:
            raise FileNotFoundError(photo.filename)
        rgb = read_photo(storage.photo_path(file.sha256, file.suffix))
    except (DetectionError, FileNotFoundError):
        _log.exception("photo %s cannot be read", photo_id)
        prediction_progress.fail_photo(run_id, photo_id, photo_faults.fault_document("photo_missing"))
        return
    # Ends the transaction: the model may take seconds.
    db.session.rollback()
    found = predictor.predict(rgb)
    with atomic_path(storage.result_picture_path(run_id, photo_id)) as temporary:
        picture = draw_detections(rgb, found, predictor.categories)
        picture.save(temporary, "JPEG", quality=PICTURE_QUALITY)
    prediction_progress.finish_photo(run_id, photo_id, [_row(detection) for detection in found])


def _row(detection: DetectionResult) -> dict[str, object]:
    return {
        "category": detection.category,
        "score": detection.score,
        "bbox": list(detection.bbox),
        "segmentation": detection.segmentation,
        "area": detection.area,
    }
