"""What a prediction is started with: weights of one's own, zips, the library, parameters; and what is refused."""

import csv
import io
import pickle
import re
import zipfile
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from tests.builders.library import all_images
from tests.rest.sending import safetensors
from webapp.core.extensions import db
from webapp.models import DetectionModel, ImageState, PredictionRun, User
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.projects import detection_models
from webapp.training.weights import files as weights_files


@pytest.fixture
def trained(client: FlaskClient, administrator: User) -> DetectionModel:
    """A model whose first training is complete."""
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    return model


def packed(files: dict[str, bytes]) -> bytes:
    """A zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def send(client: FlaskClient, model: DetectionModel, what: str, name: str, content: bytes) -> dict[str, Any]:
    data = {"batch": "b1", "files": [(io.BytesIO(content), name)]}
    return client.post(f"/models/{model.id}/predict/{what}", data=data).get_json()


def start(client: FlaskClient, model: DetectionModel, **fields: Any) -> Any:
    return client.post(f"/models/{model.id}/predict", data={"batch": "b1"} | fields)


def newest() -> PredictionRun:
    db.session.rollback()
    return db.session.scalars(db.select(PredictionRun).order_by(PredictionRun.id.desc())).first()


class Bomb:
    """Unpickled, it would write a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.write_text, (self.mark, "the code ran")


def test_a_zip_brings_its_photos_and_names_the_bad_ones(client: FlaskClient, trained: DetectionModel) -> None:
    content = packed(
        {
            "站一/a.jpg": runs.photo_file(50),
            "b.jpg": runs.photo_file(51),
            "notes.jpg": b"no picture",
            "../outside.jpg": runs.photo_file(52),
            "__MACOSX/._a.jpg": b"litter",
        }
    )
    answer = send(client, trained, "photos", "lot.zip", content)
    assert answer == {"created": [{"filename": "lot.zip", "photos": 4}], "rejected": []}
    start(client, trained)
    rows = prediction_runs.list_images(newest())
    states = {row.filename: row.state for row in rows}
    assert states == {
        "a.jpg": ImageState.WAITING,
        "b.jpg": ImageState.WAITING,
        "notes.jpg": ImageState.FAILED,
        "outside.jpg": ImageState.FAILED,
    }
    assert newest().done == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed({"readme.txt": b"hello"}), "no photo that can be read"),
        (packed({}), "no photo that can be read"),
        (packed({"a.jpg": b"x" * 100})[:60], "damaged"),
    ],
    ids=["no photo", "empty", "cut off"],  # the bytes have the time in them
)
def test_a_zip_without_photos_is_refused(
    client: FlaskClient, trained: DetectionModel, content: bytes, reason: str
) -> None:
    answer = send(client, trained, "photos", "lot.zip", content)
    assert answer["created"] == []
    assert reason in answer["rejected"][0]["reason"]
    assert start(client, trained).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_weights_of_ones_own_are_taken_and_chosen(
    client: FlaskClient, administrator: User, trained: DetectionModel
) -> None:
    answer = send(client, trained, "weights", "mine.safetensors", safetensors(["fig", "screw"]))
    # A training ends before the list is asked for.
    runs.finished_training(trained, administrator)
    part = runs.text_of(client.get(f"/models/{trained.id}/predict/weights"))
    added = answer["created"][0]["id"]
    # The list says that the file has arrived; below it the upload does not say it again.
    assert "Upload successful" in part
    page = runs.text_of(client.get(f"/models/{trained.id}/predict"))
    said = re.findall(r'id="weights-upload".*? data-text-success="([^"]+)"', page)
    assert said == ["It is chosen in the list above."]
    assert f'<option value="{added}" selected>mine.safetensors (fig, screw)' in part
    send(client, trained, "photos", "a.jpg", runs.photo_file(50))
    start(client, trained, weights_id=added)
    assert newest().weights_id == added


def test_a_prediction_that_names_no_weights_takes_those_in_use_and_its_files_say_so(
    client: FlaskClient, administrator: User, trained: DetectionModel
) -> None:
    runs.finished_training(trained, administrator)
    run = runs.prediction(trained, administrator, {"a.jpg": runs.photo_file(50)})
    assert run.weights_id == trained.weights_in_use_id == run.weights.id
    prediction_progress.claim(run.id)
    runs.predict_next(run, [])
    prediction_progress.finish(run.id, stopped=False)
    table = client.get(f"/prediction-runs/{run.id}/csv").get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))
    assert (row["weights_id"], row["weights"]) == (str(run.weights_id), "Fruits-1.safetensors")
    info = client.get(f"/prediction-runs/{run.id}/coco").get_json()["info"]
    assert (info["weights_id"], info["weights"]) == (run.weights_id, "Fruits-1.safetensors")


def test_weights_of_other_categories_are_refused_by_name(
    client: FlaskClient, trained: DetectionModel
) -> None:
    added = send(client, trained, "weights", "mine.safetensors", safetensors(["screw"]))["created"][0]["id"]
    send(client, trained, "photos", "a.jpg", runs.photo_file(50))
    refused = start(client, trained, weights_id=added)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "other categories (screw) than this model has (fig, date)" in runs.text_of(refused)
    # The photos are still there for another try.
    assert start(client, trained).status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(
    ("packing", "reason"),
    [("pickle", "neither a safetensors file"), ("torch zip", "This file holds more than tensors")],
)
def test_a_pickle_is_refused_and_its_code_does_not_run(
    client: FlaskClient, trained: DetectionModel, tmp_path: Path, packing: str, reason: str
) -> None:
    mark = tmp_path / "mark"
    content = pickle.dumps({"model": Bomb(mark)})
    if packing == "torch zip":
        content = packed({"archive/data.pkl": content, "archive/version": b"3"})
    before = len(weights_files.list_weights(trained))
    for name in ("weights.pth", "weights.pkl", "renamed.safetensors"):
        answer = send(client, trained, "weights", name, content)
        assert answer["created"] == []
        assert reason in answer["rejected"][0]["reason"]
    assert not mark.exists()
    assert len(weights_files.list_weights(trained)) == before
    # The file is what it claims to be: opened carelessly, it does run.
    if packing == "pickle":
        pickle.loads(content)  # noqa: S301
        assert mark.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"just some text", "neither a safetensors file"),
        (b"", "neither a safetensors file"),
        (safetensors(["fig"])[:200], "damaged"),
    ],
)
def test_other_files_are_no_weights(
    client: FlaskClient, trained: DetectionModel, content: bytes, reason: str
) -> None:
    answer = send(client, trained, "weights", "w.safetensors", content)
    assert reason in answer["rejected"][0]["reason"]


def test_a_split_of_the_library_is_predicted_without_an_upload(
    client: FlaskClient, trained: DetectionModel
) -> None:
    address = f"/models/{trained.id}/predict/library"
    assert 'data-state="done"' in runs.text_of(client.get(f"{address}?library_split=train"))
    assert "2 photos of the library" in runs.text_of(client.get(f"{address}?library_split=train"))
    assert 'data-state=""' in runs.text_of(client.get(f"{address}?library_split=train&library_labelled=no"))
    assert 'data-state=""' in runs.text_of(client.get(address))
    start(client, trained, library_split="all", library_name="p1")
    run = newest()
    assert (run.total, [row.filename for row in prediction_runs.list_images(run)]) == (1, ["p1.jpg"])
    start(client, trained, library_split="all")
    assert newest().total == len(all_images(trained)) == 4


def test_the_photos_of_an_earlier_prediction_are_predicted_again(
    client: FlaskClient, trained: DetectionModel, administrator: User
) -> None:
    send(client, trained, "photos", "a.jpg", runs.photo_file(50))
    start(client, trained)
    first = newest()
    page = runs.text_of(client.get(f"/models/{trained.id}/predict?again={first.id}"))
    assert "1 photo of that prediction" in page
    address = f"/models/{trained.id}/predict/again"
    assert 'data-state="done"' in client.get(f"{address}?again={first.id}").text
    assert 'data-state=""' in client.get(f"{address}?again=").text
    start(client, trained, again=str(first.id))
    again = newest()
    assert again.id != first.id
    assert [row.filename for row in prediction_runs.list_images(again)] == ["a.jpg"]
    # Not those of another model.
    other = detection_models.create_model("Other", "", administrator)
    assert 'data-state=""' in client.get(f"/models/{other.id}/predict/again?again={first.id}").text


def test_parameters_are_kept_as_last_used(client: FlaskClient, trained: DetectionModel) -> None:
    send(client, trained, "photos", "a.jpg", runs.photo_file(50))
    fields = {"score_threshold": "0.4", "max_detections": "7", "image_size": "640", "tile_size": "",
              "category": ["fig", "date"], "category_threshold": ["0.8", ""]}  # fmt: skip
    start(client, trained, **fields)
    assert newest().parameters == {
        "score_threshold": 0.4,
        "max_detections": 7,
        "image_size": 640,
        "category_thresholds": {"fig": 0.8},
        "suppression": {"mask_iou": 0.5, "across_categories": False},
    }
    page = runs.text_of(client.get(f"/models/{trained.id}/predict"))
    for name, value in (("score_threshold", "0.4"), ("max_detections", "7"), ("image_size", "640")):
        assert (
            f'name="{name}"'
            in page.split(f'value="{value}"')[0][-400:] + page.split(f'value="{value}"')[1][:200]
        )
    assert 'placeholder="as above" value="0.8"' in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"score_threshold": "1.5"}, "lies between 0 and 1"),
        ({"score_threshold": "nan"}, "lies between 0 and 1"),
        ({"max_detections": "0"}, "from 1 to 1000"),
        ({"max_detections": "many"}, "from 1 to 1000"),
        ({"image_size": "10"}, "from 64 to 4096"),
        ({"tile_size": "10"}, "from 128 to 8192"),
        ({"category": "fig", "category_threshold": "2"}, "“fig” lies between 0 and 1"),
        ({"device": "cuda"}, "no GPU here"),
        ({"device": "abacus"}, "Choose one of the list"),
        ({"weights_id": "999"}, "no such weights"),
    ],
)
def test_a_wrong_parameter_starts_nothing(
    client: FlaskClient, trained: DetectionModel, fields: dict[str, str], sentence: str
) -> None:
    send(client, trained, "photos", "a.jpg", runs.photo_file(50))
    refused = start(client, trained, **fields)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in runs.text_of(refused)
    assert newest() is None


@pytest.mark.parametrize(
    "fields",
    [{}, {"library_split": "test", "library_name": "no photo has this name"}],
    ids=["nothing sent", "nothing in the library"],
)
def test_no_photos_start_nothing(
    client: FlaskClient, trained: DetectionModel, fields: dict[str, str]
) -> None:
    refused = start(client, trained, **fields)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Choose at least one photo" in runs.text_of(refused)
    assert newest() is None
