"""The pages of a prediction: its form, its live page, its result and the files to take away."""

import csv
import io
import re
import shutil
import zipfile
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from webapp.core import storage
from webapp.core.extensions import db
from webapp.models import DetectionModel, ImageState, PredictedImage, PredictionRun, Role, RunStatus, User
from webapp.prediction import detections_csv
from webapp.prediction import images as prediction_images
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.prediction.images import ResultSource
from webapp.projects import detection_models
from webapp.runs.errors import error_document


@pytest.fixture
def trained(client: FlaskClient, administrator: User) -> DetectionModel:
    """A model whose first training is complete."""
    # Numbers begin at 1 again in each test: an earlier one's pictures would be taken for this one's.
    shutil.rmtree(storage.data_dir() / "results", ignore_errors=True)
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    return model


def finished_prediction(
    model: DetectionModel, user: User, files: dict[str, bytes], *found: list[str]
) -> PredictionRun:
    """A completed prediction; ``found`` are the categories on each photo in turn."""
    run = runs.prediction(model, user, files)
    prediction_progress.claim(run.id)
    for categories in found:
        runs.predict_next(run, categories)
    prediction_progress.finish(run.id, stopped=False)
    return run


def upload(client: FlaskClient, model: DetectionModel, batch: str, files: dict[str, bytes]) -> dict[str, Any]:
    """Send photos as the drop zone does."""
    data = {"batch": batch, "files": [(io.BytesIO(content), name) for name, content in files.items()]}
    return client.post(f"/models/{model.id}/predict/photos", data=data).get_json()


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_locked_until_the_model_was_trained(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("New", "", administrator)
    page = runs.text_of(client.get(f"/models/{model.id}/predict"))
    assert "Prediction is locked: this model has not been trained yet" in page
    assert f'href="/models/{model.id}/train"' in page
    assert "Start prediction" not in page


def test_a_stopped_training_with_weights_unlocks(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator, RunStatus.STOPPED, metrics=None)
    assert "Start prediction" in runs.text_of(client.get(f"/models/{model.id}/predict"))


def test_start_waits_for_weights_and_photos(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    runs.finished_training(trained, administrator)
    page = runs.text_of(client.get(f"/models/{trained.id}/predict"))
    assert (
        'btn-start" disabled data-needs="#weights-ready #photos-upload|#library-ready|#again-ready"' in page
    )
    assert re.search(r'id="weights-ready" data-state="done">.*?Upload successful', page)
    # The weights in use are chosen.
    assert re.search(r'<option value="\d+" selected>★ Run 1', page)


def test_photos_come_first_from_files_a_folder_the_library_or_an_earlier_prediction(
    client: FlaskClient, administrator: User, trained: DetectionModel
) -> None:
    runs.finished_prediction(trained, administrator)
    page = runs.text_of(client.get(f"/models/{trained.id}/predict"))
    parts = (
        'id="step-photos"',
        'id="photos-upload"',
        "webkitdirectory",
        'id="library-photos"',
        'id="photos-again"',
        'id="step-weights"',
        "Start prediction</button>",
    )
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    # What is dropped beside the zone goes to it too.
    assert 'data-drop-anywhere="#photos-upload"' in page


def test_missing_weights_file_keeps_the_start_locked(client: FlaskClient, trained: DetectionModel) -> None:
    for file in runs.weights_folder().iterdir():
        file.unlink()
    page = runs.text_of(client.get(f"/models/{trained.id}/predict"))
    assert 'id="weights-ready" data-state="failed"' in page
    assert "missing on the server" in page


def test_photos_arrive_before_the_start(client: FlaskClient, trained: DetectionModel) -> None:
    answer = upload(client, trained, "b1", {"one.jpg": runs.photo_file(50), "bad.jpg": b"no picture"})
    assert answer["created"] == [{"filename": "one.jpg", "photos": 1}]
    assert answer["rejected"][0]["filename"] == "bad.jpg"
    assert "not a picture" in answer["rejected"][0]["reason"]
    upload(client, trained, "b1", {"two.jpg": runs.photo_file(51)})
    upload(client, trained, "b2", {"other.jpg": runs.photo_file(52)})
    started = client.post(f"/models/{trained.id}/predict", data={"batch": "b1", "score_threshold": "0.25"})
    run = db.session.scalars(db.select(PredictionRun)).one()
    assert started.location == f"/prediction-runs/{run.id}"
    assert [photo.filename for photo in prediction_runs.list_images(run)] == ["one.jpg", "two.jpg"]
    assert run.parameters == {
        "score_threshold": 0.25,
        "max_detections": 100,
        "suppression": {"mask_iou": 0.5, "across_categories": False},
    }
    # The collection is used up: a second press does not predict the same photos again.
    again = client.post(f"/models/{trained.id}/predict", data={"batch": "b1"})
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_nobody_else_can_use_what_one_uploaded(client: FlaskClient, trained: DetectionModel) -> None:
    upload(client, trained, "b1", {"one.jpg": runs.photo_file(50)})
    runs.sign_in(client, Role.ENGINEER)
    answer = client.post(f"/models/{trained.id}/predict", data={"batch": "b1"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_refusal_leaves_the_page_and_its_photos(client: FlaskClient, trained: DetectionModel) -> None:
    upload(client, trained, "b1", {"one.jpg": runs.photo_file(50)})
    sent = {"batch": "b1", "score_threshold": "seven"}
    htmx = {"HX-Request": "true"}
    refused = client.post(f"/models/{trained.id}/predict", data=sent, headers=htmx)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "between 0 and 1" in runs.text_of(refused)
    assert "<html" not in runs.text_of(refused)
    started = client.post(f"/models/{trained.id}/predict", data={"batch": "b1"}, headers=htmx)
    assert started.headers["HX-Redirect"].startswith("/prediction-runs/")


def test_files_may_come_with_the_start(client: FlaskClient, trained: DetectionModel) -> None:
    data = {"files": [(io.BytesIO(runs.photo_file(50)), "a.jpg"), (io.BytesIO(b""), "b.jpg")]}
    started = client.post(f"/models/{trained.id}/predict", data=data)
    page = runs.text_of(client.get(started.location))
    assert "1 <small>/ 2</small>" in page


def test_live_page_shows_where_the_run_stands(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(trained, administrator, {f"{n}.jpg": runs.photo_file(n) for n in range(4)})
    prediction_progress.claim(run.id)
    runs.predict_next(run, ["fig"])
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert "<title>25% · Prediction 1 · Fruits</title>" in page
    assert "1 <small>/ 4</small>" in page
    assert f'data-live-stream="/prediction-runs/{run.id}/stream"' in page
    assert "Stop prediction" in page


def test_stop_keeps_what_is_done(client: FlaskClient, trained: DetectionModel, administrator: User) -> None:
    run = runs.prediction(trained, administrator, {f"{n}.jpg": runs.photo_file(n) for n in range(3)})
    prediction_progress.claim(run.id)
    runs.predict_next(run, ["fig"])
    answer = client.post(f"/prediction-runs/{run.id}/stop", headers={"HX-Request": "true"})
    assert answer.headers["HX-Trigger"] == "close-dialog"
    assert "Stopping after this photo…" in runs.text_of(answer)
    assert prediction_progress.stop_requested(run.id)
    prediction_progress.finish(run.id, stopped=True)
    panel = runs.text_of(client.get(f"/prediction-runs/{run.id}/panel"))
    assert "2 photos were not predicted" in panel
    assert "data-live-stream" not in panel
    rows = rows_of(client.get(f"/prediction-runs/{run.id}/csv").get_data(as_text=True))
    assert [row["category"] for row in rows] == ["fig", "", ""]
    assert "the run ended before this photo" in rows[1]["reason"]


def test_where_all_is_below_the_threshold_the_result_says_so(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    run = finished_prediction(trained, administrator, {"a.jpg": runs.photo_file(1)}, ["fig", "date"])
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}?threshold=0.99"))
    assert "data-nothing>2 detections are below the threshold" in page
    assert "data-nothing hidden>" in runs.text_of(client.get(f"/prediction-runs/{run.id}?threshold=0.5"))


def test_result_shows_pictures_totals_and_what_failed(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    files = {"a.jpg": runs.photo_file(1), "b.jpg": runs.photo_file(2), "bad.jpg": b"text"}
    run = finished_prediction(trained, administrator, files, ["fig", "date", "fig"], [])
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert re.search(r"category-0\" aria-hidden=\"true\"></span>fig</span> <strong[^>]*>2</strong>", page)
    assert "<output data-counted>3</output> found" in page
    assert "<output data-counted>0</output> found" in page
    # The table of a photo comes when it is opened.
    opens = re.search(r'hx-get="(/prediction-runs/\d+/photos/\d+/detections)"', page)
    assert opens and "10, 20, 30, 41" not in page
    table = runs.text_of(client.get(opens[1]))
    assert "10, 20, 30, 41" in table
    assert [row.split(">")[-1] for row in re.findall(r"</span>(?:fig|date)", table)] == ["fig", "date", "fig"]
    assert "bad.jpg</td><td>This is not a picture" in page
    picture = re.search(r'data-full="([^"]+)"', page)
    assert picture is not None
    assert client.get(picture[1]).mimetype == "image/jpeg"
    small = re.search(r'<img src="([^"]+/small)"', page)
    assert small is not None
    assert client.get(small[1]).mimetype == "image/webp"


def test_gallery_has_pages(
    client: FlaskClient, trained: DetectionModel, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.prediction.pages.results.PHOTOS_PAGE", 2)
    files = {f"{n}.jpg": runs.photo_file(n) for n in range(3)}
    run = finished_prediction(trained, administrator, files, ["fig"], ["fig"], ["fig"])
    first = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert 'title="1.jpg"' in first
    assert 'title="2.jpg"' not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = runs.text_of(client.get(following[1]))
    assert 'title="2.jpg"' in second
    assert 'rel="next"' not in second


def test_zip_holds_pictures_with_different_names_and_the_csv(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(trained, administrator, {"螺桿.jpg": runs.photo_file(1)})
    sha256 = prediction_runs.list_images(run)[0].sha256
    db.session.add_all(
        PredictedImage(run_id=run.id, filename=name, sha256=sha256) for name in ("螺桿.png", "螺桿.JPG")
    )
    run.total = 3
    db.session.commit()
    prediction_progress.claim(run.id)
    for categories in (["fig"], ["date", "fig"], []):
        runs.predict_next(run, categories)
    prediction_progress.finish(run.id, stopped=False)
    answer = client.get(f"/prediction-runs/{run.id}/zip")
    assert (
        answer.headers["Content-Disposition"]
        == "attachment; filename=\"Fruits-prediction-1.zip\"; filename*=UTF-8''Fruits-prediction-1.zip"
    )
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        pictures = ["pictures/螺桿.jpg", "pictures/螺桿-2.jpg", "pictures/螺桿-3.jpg"]
        assert archive.namelist() == ["detections.csv", "detections.coco.json", *pictures]
        content = archive.read("detections.csv")
        picture = archive.read(pictures[0])
    first = prediction_runs.list_images(run)[0]
    assert picture == storage.result_picture_path(run.id, first.id).read_bytes()
    # The byte order mark: Excel reads the file as UTF-8.
    assert content.startswith(
        b"\xef\xbb\xbfphoto,verdict,category,score,x,y,width,height,area,center_x,center_y"
    )
    assert [(row["photo"], row["category"]) for row in rows_of(content.decode())] == [
        ("螺桿.jpg", "fig"),
        ("螺桿-2.png", "date"),
        ("螺桿-2.png", "fig"),
        ("螺桿-3.JPG", ""),
    ]


def test_csv_has_the_figures_of_each_detection(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    files = {"a.jpg": runs.photo_file(1), "bad.jpg": b"text"}
    run = finished_prediction(trained, administrator, files, ["fig"])
    detection, failed = rows_of(client.get(f"/prediction-runs/{run.id}/csv").get_data(as_text=True))
    assert detection["category"] == "fig"
    numbers = {name: float(detection[name]) for name in ("score", "x", "y", "width", "height", "area")}
    assert numbers == {"score": 0.9, "x": 10, "y": 20, "width": 30.5, "height": 41, "area": 1000.25}
    assert float(detection["center_x"]) == pytest.approx(25.25)
    assert float(detection["center_y"]) == pytest.approx(40.5)
    assert failed["photo"] == "bad.jpg"
    assert failed["reason"].startswith("This is not a picture")


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_csv_holds_no_formulas(
    client: FlaskClient, trained: DetectionModel, administrator: User, start: str
) -> None:
    run = finished_prediction(
        trained, administrator, {f"{start}1+1.jpg": runs.photo_file(1)}, [f"{start}HYPERLINK()"]
    )
    (row,) = rows_of(client.get(f"/prediction-runs/{run.id}/csv").get_data(as_text=True))
    assert row["photo"] == f"'{start}1+1.jpg"
    assert row["category"] == f"'{start}HYPERLINK()"


def test_files_speak_the_language_of_the_reader(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    """The reason is put into words while the file is sent, after the request's context may be gone."""
    run = finished_prediction(
        trained, administrator, {"bad.jpg": b"text", "a.jpg": runs.photo_file(1)}, ["fig"]
    )
    with client.application.test_request_context(headers={"Cookie": "language=en"}):
        lines = detections_csv.lines(ResultSource.of(prediction_runs.open_run(run.id)))
    text = "".join(lines)
    assert "This is not a picture" in text


def test_large_runs_are_read_page_by_page(
    client: FlaskClient, trained: DetectionModel, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction_images, "PAGE", 2)
    files = {f"{n}.jpg": runs.photo_file(n) for n in range(5)}
    run = finished_prediction(trained, administrator, files, *([["fig"]] * 5))
    answer = client.get(f"/prediction-runs/{run.id}/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert len(archive.namelist()) == 7
        assert len(rows_of(archive.read("detections.csv").decode())) == 5


def test_results_are_closed_while_the_run_is_under_way(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(trained, administrator, {"a.jpg": runs.photo_file(1)})
    for file in ("zip", "csv", "coco"):
        answer = client.get(f"/prediction-runs/{run.id}/{file}")
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "still under way" in runs.text_of(answer)


def test_a_failed_run_says_why_and_shows_what_was_done(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(trained, administrator, {f"{n}.jpg": runs.photo_file(n) for n in range(2)})
    prediction_progress.claim(run.id)
    runs.predict_next(run, ["fig"])
    prediction_runs.fail(run.id, error_document("disk_full"))
    page = runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    assert "The disk is full" in page
    assert 'title="0.jpg"' in page
    assert [photo.state for photo in prediction_runs.list_images(run)] == [
        ImageState.DONE,
        ImageState.WAITING,
    ]


def test_earlier_predictions_are_listed(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(trained, administrator, {"a.jpg": runs.photo_file(1)})
    page = runs.text_of(client.get(f"/models/{trained.id}/predict"))
    assert f'href="/prediction-runs/{run.id}">Prediction 1' in page


def test_an_annotator_predicts_and_a_viewer_only_looks(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    run = runs.prediction(trained, administrator, {"a.jpg": runs.photo_file(1)})
    runs.sign_in(client, Role.ANNOTATOR)
    assert "Start prediction" in runs.text_of(client.get(f"/models/{trained.id}/predict"))
    runs.sign_in(client, Role.VIEWER)
    assert "Start prediction" not in runs.text_of(client.get(f"/models/{trained.id}/predict"))
    assert "Stop prediction" not in runs.text_of(client.get(f"/prediction-runs/{run.id}"))
    for address in (f"/models/{trained.id}/predict", f"/models/{trained.id}/predict/photos"):
        assert client.post(address).status_code == HTTPStatus.FORBIDDEN
    assert client.post(f"/prediction-runs/{run.id}/stop").status_code == HTTPStatus.FORBIDDEN
