"""What is said of the photos before a training, and what a time comes to on this machine."""

from http import HTTPStatus

from flask.testing import FlaskClient

from tests.builders import runs
from tests.builders.library import all_images
from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.models import LabelSource, User
from webapp.training import runs as training_runs
from webapp.training.preparation import data_check, pace
from webapp.training.preparation.data_check import Concern
from webapp.training.preparation.pace import Pace


def shape(category: str) -> ParsedShape:
    return ParsedShape(
        category, [[5.0, 5.0, 35.0, 5.0, 35.0, 45.0, 5.0, 45.0]], bbox=[5.0, 5.0, 30.0, 40.0], area=1200.0
    )


def test_categories_on_few_photos_are_named(administrator: User) -> None:
    model = runs.model_with_photos(administrator, train=2)
    assert data_check.findings(model) == [Concern("few_photos", 2, ("fig", "date"))]


def test_nothing_is_said_of_photos_that_are_ready(administrator: User) -> None:
    model = runs.model_with_photos(administrator, train=data_check.FEW_PHOTOS)
    assert data_check.findings(model) == []


def test_doubled_labels_and_missing_files_are_found_and_lead_to_where_they_are_mended(
    client: FlaskClient, administrator: User
) -> None:
    model = runs.model_with_photos(administrator, train=data_check.FEW_PHOTOS)
    first, second, *_others = all_images(model)
    twice = [ImageAnnotations(first.id, [shape("fig"), shape("fig")])]
    annotation_store.write(model, twice, source=LabelSource.EDITOR, user=administrator)
    db.session.commit()
    storage.image_path(second.sha256, second.file.suffix).unlink()
    found = {one.code: one for one in data_check.findings(model)}
    assert found["doubles"] == Concern("doubles", 1, (first.filename,))
    assert found["unreadable"] == Concern("unreadable", 1, (second.filename,))
    answer = client.get(f"/models/{model.id}/train/check")
    assert answer.status_code == HTTPStatus.OK
    assert f'href="/models/{model.id}/statistics#doubled-labels"' in answer.text
    assert f"q={second.filename}" in answer.text


def test_a_time_is_told_in_iterations_of_the_last_run(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator, train=4)
    parameters = TrainingParameters(batch_size=1)
    assert pace.of_minutes(model, [2], parameters) == {}
    runs.finished_training(model, administrator)
    assert pace.seconds_per_iteration(model, parameters) == 2.0, "what the builder writes"
    assert pace.of_minutes(model, [2, 10], parameters) == {2: Pace(60, 15), 10: Pace(300, 75)}
    page = runs.text_of(client.get(f"/models/{model.id}/train"))
    assert "about 300 iterations here" in page and "too short" not in page


def test_a_new_model_is_told_what_runs_of_others_with_its_settings_have_measured(
    client: FlaskClient, administrator: User
) -> None:
    trained = runs.model_with_photos(administrator)
    runs.finished_training(trained, administrator)
    trained.name = "Trained"
    db.session.commit()
    other = runs.model_with_photos(administrator)
    usual = training_runs.defaults(other)
    assert pace.seconds_per_iteration(other, usual) == 2.0
    larger = usual.model_copy(update={"image_size": 2 * usual.image_size})
    assert pace.seconds_per_iteration(other, larger) is None
    page = runs.text_of(client.get(f"/models/{other.id}/train"))
    assert "about 300 iterations here" in page


def test_a_time_in_which_each_photo_is_hardly_seen_is_not_recommended() -> None:
    assert Pace(iterations=100, seen=pace.SEEN_AT_LEAST - 1).is_short
    assert not Pace(iterations=100, seen=pace.SEEN_AT_LEAST).is_short


def test_saving_the_defaults_comes_back_to_the_open_panel(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    values = {"seed": "7", "open": "advanced"}
    answer = client.post(f"/models/{model.id}/train/defaults", data=values)
    assert answer.location.endswith(f"/models/{model.id}/train?open=advanced#keep-defaults")
    page = client.get(answer.location).text
    assert '<details class="fold" id="advanced" open>' in page
    closed = client.post(f"/models/{model.id}/train/defaults", data=values | {"open": ""})
    assert closed.location.endswith(f"/models/{model.id}/train#keep-defaults")
