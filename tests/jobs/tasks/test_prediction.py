"""A prediction with weights that a real worker has trained."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image as Picture

from embedded.programs import LOADERS
from embedded.waiting import wait_until
from jobs.tasks.parallel_images import MOST_AT_ONCE
from tests.builders.library import all_images
from tests.jobs.waiting import state_of, wait_for
from webapp.contracts.score_thresholds import Thresholds
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images import thumbnails
from webapp.images.intake import Upload
from webapp.models import DetectionModel, ImageState, PredictionRun, RunStatus, User
from webapp.prediction import results_zip
from webapp.prediction import runs as prediction_runs
from webapp.prediction import totals as prediction_totals
from webapp.prediction.images import ResultSource
from webapp.prediction.runs import Sources


def uploads(shared_data: Path, count: int) -> list[Upload]:
    files = sorted((shared_data / "fruits_nuts" / "data" / "images").glob("*.jpg"))[-count:]
    return [Upload(file.name, file.open("rb")) for file in files]


def finished(run: PredictionRun) -> PredictionRun:
    wait_for(run, RunStatus.COMPLETED, RunStatus.STOPPED, RunStatus.FAILED)
    return run


def test_it_draws_lists_and_packs_what_it_finds(
    trained: DetectionModel, administrator: User, worker: Callable, shared_data: Path
) -> None:
    broken = Upload("notes.jpg", io.BytesIO(b"no picture at all"))
    run = prediction_runs.start(
        trained,
        administrator,
        Sources(uploads=[*uploads(shared_data, 2), broken]),
        parameters={"score_threshold": 0.0},
    )
    worker("predict")
    finished(run)
    assert (run.status, run.error, run.done, run.total) == (RunStatus.COMPLETED, None, 3, 3)
    rows = prediction_runs.list_images(run)
    assert [row.state for row in rows] == [ImageState.DONE, ImageState.DONE, ImageState.FAILED]
    for row in rows[:2]:
        with Picture.open(storage.result_picture_path(run.id, row.id)) as picture:
            assert picture.size == (row.file.width, row.file.height)
    detections = prediction_runs.list_detections(run)
    assert detections
    assert all(0 <= found.score <= 1 and found.segmentation["counts"] for found in detections)
    assert sum(prediction_totals.totals(run, Thresholds(0)).values()) == len(detections)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(results_zip.chunks(ResultSource.of(run)))))
    assert archive.testzip() is None
    assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 2
    lines = archive.read("detections.csv").decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(detections) + 1


def test_what_one_photo_raises_is_listed_and_the_rest_goes_on(
    trained: DetectionModel, administrator: User, worker: Callable, shared_data: Path
) -> None:
    """A strip is predicted; a photo that went missing, one that was damaged on the disk, and none of their
    neighbours.
    """
    case = shared_data.parent / "cases" / "01-one-strip-fails-the-whole-prediction"
    files = [Upload(name, (case / name).open("rb")) for name in ("strip_4000x3.png", "a.png", "b.png")]
    run = prediction_runs.start(
        trained,
        administrator,
        Sources(uploads=[*uploads(shared_data, 2), *files]),
        parameters={"score_threshold": 0.0, "image_size": 256},
    )
    missing, damaged = prediction_runs.list_images(run)[:2]
    image_intake.file_path(missing.file).unlink()
    whole = image_intake.file_path(damaged.file)
    whole.write_bytes(whole.read_bytes()[:2000])
    worker("predict")
    finished(run)
    assert (run.status, run.done) == (RunStatus.COMPLETED, 5)
    rows = prediction_runs.list_images(run)
    assert [row.state for row in rows] == [ImageState.FAILED] * 2 + [ImageState.DONE] * 3
    assert [row.reason["code"] for row in rows[:2]] == ["photo_missing"] * 2
    assert all(storage.result_picture_path(run.id, row.id).is_file() for row in rows[2:])


def test_a_stop_keeps_what_is_done(
    trained: DetectionModel, administrator: User, worker: Callable, shared_data: Path
) -> None:
    run = prediction_runs.start(trained, administrator, Sources(uploads=uploads(shared_data, 10)))
    worker("predict")
    wait_for(run, RunStatus.RUNNING)
    prediction_runs.request_stop(run)
    finished(run)
    assert run.status == RunStatus.STOPPED
    assert 1 <= run.done < run.total


def test_a_killed_process_is_followed_by_another_that_goes_on(
    trained: DetectionModel, administrator: User, worker: Callable, shared_data: Path
) -> None:
    run = prediction_runs.start(
        trained, administrator, Sources(uploads=uploads(shared_data, 10)), parameters={"score_threshold": 0.0}
    )
    process = worker("predict")
    wait_until(lambda: bool(state_of(run)) and run.done >= 2, "two photos are done", 120)
    for horse in psutil.Process(process.pid).children():
        horse.kill()
    finished(run)
    assert (run.status, run.error, run.done, run.total) == (RunStatus.COMPLETED, None, 10, 10)
    rows = prediction_runs.list_images(run)
    assert {row.state for row in rows} == {ImageState.DONE}
    # The photos in hand were begun again, no other, and nothing was stored twice.
    assert sum(row.attempts for row in rows) <= len(rows) + MOST_AT_ONCE + 1
    found = [
        (one.photo_id, one.score, tuple(one.bbox)) for one in prediction_runs.list_detections(run, limit=5000)
    ]
    assert len(found) == len(set(found))


def test_tiles_find_things_in_the_whole_photo(
    trained: DetectionModel, administrator: User, worker: Callable, shared_data: Path
) -> None:
    parameters = {"score_threshold": 0.0, "tile_size": 256, "max_detections": 5, "image_size": 64}
    run = prediction_runs.start(
        trained, administrator, Sources(uploads=uploads(shared_data, 1)), parameters=parameters
    )
    worker("predict")
    finished(run)
    assert (run.status, run.error) == (RunStatus.COMPLETED, None)
    [photo] = prediction_runs.list_images(run)
    detections = prediction_runs.list_detections(run)
    assert detections
    height, width = photo.file.height, photo.file.width
    assert all(one.segmentation["size"] == [height, width] for one in detections)
    assert all(
        one.bbox[0] + one.bbox[2] <= width + 1 and one.bbox[1] + one.bbox[3] <= height + 1
        for one in detections
    )


def test_it_is_locked_until_the_model_is_trained(fruits: DetectionModel, administrator: User) -> None:
    with pytest.raises(UserError) as refused:
        prediction_runs.start(fruits, administrator, Sources())
    assert (refused.value.code, refused.value.status) == ("not_trained", 409)


def test_library_photos_are_predicted_without_another_upload(
    trained: DetectionModel, administrator: User, worker: Callable
) -> None:
    image = all_images(trained)[0]
    run = prediction_runs.start(trained, administrator, Sources(image_ids=[image.id]))
    worker("predict")
    finished(run)
    assert (run.status, run.done) == (RunStatus.COMPLETED, 1)
    assert state_of(run).is_over


def test_the_io_worker_the_janitor_and_the_watch_never_import_torch() -> None:
    script = f"import sys, {', '.join(LOADERS['loader'])}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_thumbnails_are_made_by_the_io_worker(fruits: DetectionModel, worker: Callable) -> None:
    image = all_images(fruits)[0]
    target = storage.thumbnail_path(image.sha256)
    target.unlink(missing_ok=True)
    thumbnails.request([image.sha256])
    worker("io")
    wait_until(target.is_file, "the thumbnail is there", 30)
    db.session.rollback()
