"""What is said of the photos before a training, and what a time comes to on this machine."""

from http import HTTPStatus

from flask.testing import FlaskClient

from tests.builders import runs
from tests.builders.library import all_images
from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.models import LabelSource, User
from webapp.training.preparation import data_check, pace
from webapp.training.preparation.data_check import Concern


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
    assert pace.of_minutes(model, [2], 1) == {}
    runs.finished_training(model, administrator)
    assert pace.seconds_per_iteration(model) == 2.0, "what the builder writes"
    assert pace.of_minutes(model, [2, 10], 1) == {2: (60, 15), 10: (300, 75)}
    page = runs.text_of(client.get(f"/models/{model.id}/train"))
    assert "about 300 iterations here" in page


def test_saving_the_defaults_comes_back_to_the_open_panel(client: FlaskClient, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    answer = client.post(f"/models/{model.id}/train/defaults", data={"seed": "7"})
    assert answer.location.endswith(f"/models/{model.id}/train?open=advanced#keep-defaults")
    page = client.get(answer.location).text
    assert '<details class="fold" id="advanced" open>' in page
