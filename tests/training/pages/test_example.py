"""The model with example photos: one press makes it, one throws it away."""

from http import HTTPStatus

from flask.testing import FlaskClient

from tests.builders import runs
from tests.builders.library import all_images
from webapp.models import Role, Split
from webapp.training import readiness
from webapp.training import runs as training_runs
from webapp.training.preparation import data_check


def test_it_is_ready_to_be_trained_in_two_minutes(client: FlaskClient) -> None:
    for name in ("Example: fruits and nuts", "Example: fruits and nuts (2)"):
        answer = client.post("/models/example")
        assert answer.status_code == HTTPStatus.FOUND
        model = runs.all_models()[-1]
        assert model.name == name and answer.location == f"/models/{model.id}/images"
        assert model.picture_sha256 in {one.sha256 for one in all_images(model)}
        ready = {one.split: (one.labelled, one.total) for one in readiness.of_model(model)}
        assert ready == {Split.TRAIN: (3, 3), Split.VALIDATION: (1, 1), Split.TEST: (1, 1)}
        assert training_runs.defaults(model).time_budget_minutes == 2
        assert {one.code for one in data_check.findings(model)} <= {"few_photos"}
    # The photos are those of both: the files are kept once.
    first, second = runs.all_models()
    assert {one.sha256 for one in all_images(first)} == {one.sha256 for one in all_images(second)}
    started = client.post(f"/models/{model.id}/train", data={"preset": "2", "iterations": ""})
    assert started.status_code == HTTPStatus.FOUND


def test_one_press_throws_it_away_and_no_other_model(client: FlaskClient) -> None:
    client.post("/models/example")
    (model,) = runs.all_models()
    assert "Throw the example away" in client.get("/").text
    client.post("/models", data={"name": "Screw"})
    screw = next(one for one in runs.all_models() if one.name == "Screw")
    assert client.post(f"/models/{screw.id}/example/discard").status_code == HTTPStatus.NOT_FOUND
    client.post(f"/models/{model.id}/example/discard")
    assert [one.name for one in runs.all_models()] == ["Screw"]
    assert [one.model.name for one in runs.trashed_models()] == [model.name]


def test_viewers_make_none(client: FlaskClient) -> None:
    runs.sign_in(client, Role.VIEWER)
    assert client.post("/models/example").status_code == HTTPStatus.FORBIDDEN
