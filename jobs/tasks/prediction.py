"""The prediction job: processes a few photos in parallel and stores each finished one."""

from pathlib import Path

from jobs.detection.errors import DetectionError, ImageMissing
from jobs.detection.image_errors import of_image
from jobs.detection.inputs.images import read_image
from jobs.detection.prediction.predictor import Predictor
from jobs.tasks.engine_reasons import fault_of, reason_of
from jobs.tasks.image_paths import picture_path
from jobs.tasks.parallel_images import ParallelImages
from jobs.tasks.run_job import carry_out
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.prediction_parameters import PredictionParameters
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.formats.images.large import LARGE_PIXELS
from webapp.formats.images.value_range import ValueRange
from webapp.formats.masks.rendering import drawn_jpeg
from webapp.images.values import renditions
from webapp.images.values.renditions import Picture
from webapp.models import PredictedImage, PredictionRun
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.training.weights import files as weights_files


def predict_run(run_id: int) -> None:
    """RQ's entry point. After any error the run is failed with a reason."""
    carry_out(PredictionRun, run_id, _predict_all, prediction_runs.fail, reason_of)


def _predict_all(run: PredictionRun) -> None:
    run_id = run.id
    parameters = PredictionParameters(**run.parameters)
    shown = run.range_in_use
    predictor = Predictor(
        weights_files.file_of(run.weights),
        score_threshold=parameters.floor,
        image_size=parameters.image_size,
        device=parameters.device,
        max_detections=parameters.max_detections,
    )
    prediction_progress.set_device(run_id, predictor.device)
    photos = _ImageWork(predictor, parameters)
    stopping = False
    following = prediction_progress.next_image(run_id)
    with ParallelImages[list[FoundObject] | DetectionError](predictor.on_cpu) as parallel:
        while True:
            while following and not stopping and parallel.accepts(alone := _must_be_alone(following)):
                photo_id, work = following.id, (following.path, *_files_of(following, shown))
                if prediction_progress.begin_image(run_id, following):
                    parallel.submit(photo_id, alone, photos.predict_and_draw, *work)
                following = prediction_progress.next_image(run_id, photo_id)
            # End the transaction: inference may take seconds.
            db.session.rollback()
            if not parallel:
                break
            for photo_id, found in parallel.ended():
                _store(run_id, photo_id, found)
            stopping = prediction_progress.stop_requested(run_id)
    prediction_progress.finish(run_id, stopped=stopping)


def _must_be_alone(photo: PredictedImage) -> bool:
    """Large photos, and those of a process that died: if it dies again, this photo is the cause."""
    file = photo.file
    return photo.attempts > 0 or (file is not None and file.width * file.height > LARGE_PIXELS)


def _files_of(photo: PredictedImage, setting: ValueRange | None) -> tuple[Picture | None, Path]:
    """The photo in the range of the run, None if it is missing, and the path of the picture to draw."""
    file = photo.file
    source = renditions.picture_of(file, setting) if file else None
    return source, storage.result_picture_path(photo.run_id, photo.id)


class _ImageWork:
    """The work on each photo, run in threads: it must not use the database."""

    def __init__(self, predictor: Predictor, parameters: PredictionParameters) -> None:
        self.predictor = predictor
        self.parameters = parameters

    def predict_and_draw(
        self, name: str, source: Picture | None, target: Path
    ) -> list[FoundObject] | DetectionError:
        """Find, and draw what passes the run's own thresholds; what the photo raised, where it raised something.

        Raises what is not the photo's: a full disk, a lost GPU.
        """
        try:
            found, picture = self._predicted(source)
        except Exception as error:
            return of_image(error, name)
        with atomic_path(target) as temporary:
            temporary.write_bytes(picture)
        return found

    def _predicted(self, source: Picture | None) -> tuple[list[FoundObject], bytes]:
        if source is None:
            raise ImageMissing()
        rgb = read_image(picture_path(source))
        thresholds = self.parameters.thresholds
        found = self.predictor.predict(
            rgb, self.parameters.suppression, tile_size=self.parameters.tile_size, thresholds=thresholds
        )
        found = [one.with_shape() for one in found]
        shown = [one for one in found if thresholds.passes(one.category, one.score)]
        return found, drawn_jpeg(rgb, shown, self.predictor.categories)


def _store(run_id: int, photo_id: int, found: list[FoundObject] | DetectionError) -> None:
    if isinstance(found, DetectionError):
        prediction_progress.fail_image(run_id, photo_id, fault_of(found))
    else:
        prediction_progress.finish_image(run_id, photo_id, found)
