"""The prediction job: one photo after the other, each finished photo kept."""

import logging

from jobs.detection.errors import DetectionError
from jobs.detection.photos import read_photo
from jobs.detection.predictor import DetectionResult, Predictor
from jobs.detection.tiling import predict_in_tiles
from jobs.engine_reasons import reason_of
from jobs.run_job import carry_out
from webapp.atomic_file import atomic_path
from webapp.extensions import db
from webapp.formats.result_drawing import draw_detections
from webapp.models import PredictedPhoto, PredictionRun
from webapp.services import photo_faults, prediction_progress, prediction_runs, storage, weights
from webapp.services.prediction_parameters import PredictionParameters

_log = logging.getLogger(__name__)
PICTURE_QUALITY = 90


def predict_run(run_id: int) -> None:
    """RQ's entry point. Whatever happens, the run ends in one of its states with a reason."""
    carry_out(PredictionRun, run_id, _predict_all, prediction_runs.fail, reason_of)


def _predict_all(run: PredictionRun) -> None:
    run_id = run.id
    parameters = PredictionParameters(**run.parameters)
    predictor = Predictor(
        weights.file_of(run.weights),
        score_threshold=parameters.floor,
        image_size=parameters.image_size,
        device=parameters.device,
        max_detections=parameters.max_detections,
    )
    prediction_progress.set_device(run_id, predictor.device)
    while (photo := prediction_progress.next_photo(run_id)) is not None:
        if prediction_progress.begin_photo(run_id, photo):
            _predict_one(run_id, predictor, parameters, photo)
        if prediction_progress.stop_requested(run_id):
            prediction_progress.finish(run_id, stopped=True)
            return
    prediction_progress.finish(run_id, stopped=False)


def _predict_one(
    run_id: int, predictor: Predictor, parameters: PredictionParameters, photo: PredictedPhoto
) -> None:
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
    if parameters.tile_size is None:
        found = predictor.predict(rgb)
    else:
        found = predict_in_tiles(predictor.predict, rgb, parameters.tile_size)
    thresholds = parameters.thresholds
    shown = [one for one in found if thresholds.passes(one.category, one.score)]
    with atomic_path(storage.result_picture_path(run_id, photo_id)) as temporary:
        picture = draw_detections(rgb, shown, predictor.categories)
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
