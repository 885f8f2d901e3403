"""What is saved of a result: by the chosen thresholds, judged, made once, and whole whatever the disk does."""

import csv
import errno
import io
import json
import shutil
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from pycocotools.coco import COCO

from tests.builders import runs
from tests.builders.statements import counted_reading
from webapp.contracts.score_thresholds import Thresholds
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.files.spool import Spool
from webapp.models import Comparison, DetectionModel, Measure, PredictionRun, User
from webapp.prediction import coco_document, results_zip
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.prediction.images import ResultSource
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import NewRule


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    """Trained on figs and dates."""
    # Numbers begin at 1 again in each test: an earlier one's files would be taken for this one's.
    shutil.rmtree(storage.data_dir() / "results", ignore_errors=True)
    trained = runs.model_with_photos(administrator)
    runs.finished_training(trained, administrator)
    return trained


@pytest.fixture
def run(model: DetectionModel, administrator: User) -> PredictionRun:
    """One photo with a fig of 0.9 and a date of 0.8, one with nothing, one that cannot be read."""
    files = {"瑕疵.jpg": runs.photo_file(1), "b.jpg": runs.photo_file(2), "bad.jpg": b"text"}
    prediction = runs.prediction(model, administrator, files)
    prediction_progress.claim(prediction.id)
    runs.predict_next(prediction, ["fig", "date"])
    runs.predict_next(prediction, [])
    prediction_progress.finish(prediction.id, stopped=False)
    db.session.refresh(prediction)
    return prediction


def outside(read: Callable[[], bytes]) -> bytes:
    """Read as the web server sends a file: in a thread that has no app context."""
    result: list[bytes] = []
    thread = threading.Thread(target=lambda: result.append(read()))
    thread.start()
    thread.join()
    assert result, "the thread failed"
    return result[0]


def zip_of(source: ResultSource) -> zipfile.ZipFile:
    chunks = results_zip.chunks(source)
    archive = zipfile.ZipFile(io.BytesIO(outside(lambda: b"".join(chunks))))
    assert archive.testzip() is None
    return archive


def rows(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read("detections.csv").decode("utf-8-sig"))))


def test_every_photo_has_a_row_with_its_verdict(model: DetectionModel, run: PredictionRun) -> None:
    verdict_rules.add_rule(model, NewRule("date", Measure.COUNT, Comparison.ABOVE, 0))
    found = rows(zip_of(ResultSource.of(run)))
    assert [(row["photo"], row["verdict"], row["category"]) for row in found] == [
        ("瑕疵.jpg", "NG", "fig"),
        ("瑕疵.jpg", "NG", "date"),
        ("b.jpg", "OK", ""),
        ("bad.jpg", "", ""),
    ]
    assert "date" in found[0]["reason"]
    x, y = (float(side) for side in found[0]["polygon"].split(" ")[0].split(","))
    assert 9 <= x <= 41
    assert 19 <= y <= 59
    assert float(found[0]["object_length"]) == pytest.approx(38, abs=1.5)


def test_the_chosen_thresholds_decide_what_is_saved(model: DetectionModel, run: PredictionRun) -> None:
    verdict_rules.add_rule(model, NewRule("date", Measure.COUNT, Comparison.ABOVE, 0))
    archive = zip_of(ResultSource.of(run, Thresholds(0.85)))
    assert [(row["verdict"], row["category"]) for row in rows(archive)] == [
        ("OK", "fig"),
        ("OK", ""),
        ("", ""),
    ]
    assert len(json.loads(archive.read("detections.coco.json"))["annotations"]) == 1
    only_dates = zip_of(ResultSource.of(run, Thresholds(0.5, {"fig": 0.95})))
    assert [row["category"] for row in rows(only_dates)] == ["date", "", ""]
    # Drawn anew on the photo itself, in its size; the pictures of the run's own thresholds stand as they were drawn.
    picture = Image.open(io.BytesIO(only_dates.read("pictures/瑕疵.jpg")))
    own = Image.open(io.BytesIO(zip_of(ResultSource.of(run)).read("pictures/瑕疵.jpg")))
    assert (picture.size, own.size) == (runs.SIZE, (400, 300))
    plain = np.asarray(Image.open(io.BytesIO(runs.photo_file(1)))).astype(int)
    changed = np.abs(np.asarray(picture).astype(int) - plain).max(axis=2)
    assert changed[40, 25] > 20
    assert changed[55, 70] < 10


def test_a_photo_has_one_name_in_all_files_that_tells_its_folder(
    model: DetectionModel, administrator: User, shared_data: Path
) -> None:
    case = shared_data.parent / "cases" / "16-same-names-cannot-be-told-apart-in-results"
    files = {name: (case / name).read_bytes() for name in ("d1/IMG_1.png", "d2/IMG_1.png")}
    files |= {"D2/img_1.tif": runs.photo_file(1), "a.jpg": runs.photo_file(2), "A.png": runs.photo_file(3)}
    files |= {"nul.jpg": runs.photo_file(4), "d1/=bad.png": b"text"}
    prediction = runs.prediction(model, administrator, files)
    prediction_progress.claim(prediction.id)
    for _photo in range(6):
        runs.predict_next(prediction, ["fig"])
    prediction_progress.finish(prediction.id, stopped=False)
    db.session.refresh(prediction)
    archive = zip_of(ResultSource.of(prediction))
    names = [row["photo"] for row in rows(archive)]
    assert names == [
        "d1_IMG_1.png", "d2_IMG_1.png", "D2_img_1-2.tif", "a.jpg", "A-2.png", "_nul.jpg", "d1_=bad.png",
    ]  # fmt: skip
    document = json.loads(archive.read("detections.coco.json"))
    assert [image["file_name"] for image in document["images"]] == names[:-1]
    pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert pictures == [f"pictures/{Path(name).stem}.jpg" for name in names[:-1]]
    # The same in the files that are saved one by one.
    alone = json.loads("".join(coco_document.chunks(ResultSource.of(prediction))))
    assert alone["images"] == document["images"]
    assert [photo.path for photo in prediction_runs.list_images(prediction)] == list(files)


def test_the_coco_document_is_one(run: PredictionRun, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(zip_of(ResultSource.of(run)).read("detections.coco.json"))
    coco = COCO(str(path))
    assert [image["file_name"] for image in coco.dataset["images"]] == ["瑕疵.jpg", "b.jpg"]
    first, second = coco.loadAnns(coco.getAnnIds())
    assert [coco.cats[one["category_id"]]["name"] for one in (first, second)] == ["fig", "date"]
    assert (first["score"], first["bbox"]) == (0.9, [10.0, 20.0, 30.5, 41.0])
    assert coco.annToMask(first).sum() > 500


@pytest.mark.parametrize("thresholds", [None, Thresholds(0.85)])
def test_the_photos_are_read_from_the_database_once(
    run: PredictionRun, thresholds: Thresholds | None
) -> None:
    source = ResultSource.of(run, thresholds)
    with counted_reading("predicted_photo", "detection") as counts:
        archive = zip_of(source)
    # A page of photos with its detections, and the page behind it, which is empty.
    assert counts == {"predicted_photo": 2, "detection": 1}
    assert len(archive.namelist()) == 4
    with counted_reading("detection") as counts:
        document = outside(lambda: "".join(coco_document.chunks(source)).encode())
    assert counts == {"detection": 1}
    assert document == archive.read("detections.coco.json")


def test_photos_that_cannot_wait_on_the_disk_are_read_again(
    run: PredictionRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ResultSource.of(run)
    expected = zip_of(source)

    def full(_spool: Spool, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Spool, "write", full)
    archive = zip_of(source)
    assert archive.namelist() == expected.namelist()
    assert [archive.read(name) for name in archive.namelist()] == [
        expected.read(name) for name in expected.namelist()
    ]


def test_it_is_made_once(model: DetectionModel, run: PredictionRun) -> None:
    source = ResultSource.of(run)
    assert results_zip.made_before(source) is None
    chunks = results_zip.chunks(source)
    first = outside(lambda: b"".join(chunks))
    made = results_zip.made_before(source)
    assert made is not None
    assert made.read_bytes() == first
    # Another rule, another content.
    verdict_rules.add_rule(model, NewRule(None, Measure.COUNT, Comparison.ABOVE, 0))
    assert results_zip.made_before(ResultSource.of(run)) is None
    zip_of(ResultSource.of(run))
    assert len(list(storage.results_dir(run.id).glob("results-*.zip"))) == 1


def test_a_download_that_breaks_off_leaves_nothing_half(run: PredictionRun) -> None:
    chunks = results_zip.chunks(ResultSource.of(run))
    next(chunks)
    chunks.close()
    assert not [path for path in storage.results_dir(run.id).iterdir() if "results-" in path.name]


def test_a_full_disk_keeps_nothing_back(run: PredictionRun, monkeypatch: pytest.MonkeyPatch) -> None:
    # The system's own device that is always full.
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr(results_zip, "_open", lambda _path: full)
        archive = zip_of(ResultSource.of(run))
    assert len(rows(archive)) == 4
    assert results_zip.made_before(ResultSource.of(run)) is None
    assert not [path for path in storage.results_dir(run.id).iterdir() if "results-" in path.name]


def test_a_photo_whose_file_is_gone_is_left_out(run: PredictionRun) -> None:
    photo = prediction_runs.list_images(run)[0]
    path = storage.image_path(photo.file.sha256, photo.file.suffix)
    content = path.read_bytes()
    path.unlink()
    try:
        archive = zip_of(ResultSource.of(run, Thresholds(0.1)))
        assert [name for name in archive.namelist() if "pictures" in name] == ["pictures/b.jpg"]
        assert len(rows(archive)) == 4
    finally:
        path.write_bytes(content)
