"""The prediction job: one photo after the other, each finished photo kept."""

import errno
import logging

from jobs.app_context import application
from jobs.detection.drawing import draw_detections
from jobs.detection.errors import DetectionError
from jobs.detection.photos import read_photo
from jobs.detection.predictor import DetectionResult, Predictor
from jobs.heartbeat import beating
from jobs.memory import is_out_of_memory
from webapp.extensions import db
from webapp.logs import context_id
from webapp.models import PredictedPhoto, PredictionRun
from webapp.services import photo_faults, prediction_progress, prediction_runs, signals, storage, weights
from webapp.services.prediction_progress import RunTakenAway
from webapp.services.run_errors import error_document

_log = logging.getLogger(__name__)
PICTURE_QUALITY = 90


def predict_run(run_id: int) -> None:
    """RQ's entry point. Whatever happens, the run ends in one of its states with a reason."""
    app = application()
    context_id.set(signals.prediction_topic(run_id))
    with app.app_context():
        run = prediction_progress.claim(run_id)
        if run is None:
            _log.info("not queued any more")
            return
        try:
            with beating(app, lambda: prediction_progress.beat(run_id)):
                _predict_all(run)
        except RunTakenAway:
            _log.warning("the run was ended by somebody else")
        except Exception as error:
            _log.exception("the run failed")
            db.session.rollback()
            prediction_runs.fail(run_id, _reason(error))


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
    with storage.atomic_path(storage.result_picture_path(run_id, photo_id)) as temporary:
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


def _reason(error: Exception) -> dict[str, object]:
    if isinstance(error, DetectionError) and error.code.startswith("weights_"):
        return error_document("weights_rejected")
    if is_out_of_memory(error):
        return error_document("out_of_memory")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error_document("disk_full")
    return error_document("unexpected")
