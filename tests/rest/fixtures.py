"""What tests of the REST API share."""

from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from tests.rest.sending import add_images, coco, form, photo_file, png, safetensors, walk
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import Role, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.training import progress as training_progress
from webapp.training import runs as training_runs
from webapp.training.weights import files as weights_files


class Script(FlaskClient):
    """Each request has an app context of its own, as on a server, not that of the test."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request."""
        return Context().run(super().open, *args, **kwargs)


@pytest.fixture(autouse=True)
def separate_requests(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "test_client_class", Script)


@pytest.fixture
def script_of(clean_app: OpenAPI) -> Callable[[Role], FlaskClient]:
    """Makes a script with the token of a new account that has this role."""

    def make(role: Role) -> FlaskClient:
        email = f"{role}@factory.test"
        users.create_user(email, "correct horse battery", role)
        script = clean_app.test_client()
        script.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {users.create_token(email)}"
        script.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return script

    return make


@pytest.fixture
def model(api: FlaskClient) -> dict[str, Any]:
    """An empty model."""
    return api.post("/api/v1/models", json={"name": "Ball screw"}).get_json()


@pytest.fixture
def labelled_model(api: FlaskClient, model: dict[str, Any]) -> dict[str, Any]:
    """A model with two labelled photos for training and one each for validation and test."""
    for split, numbers in (("train", (1, 2)), ("validation", (3,)), ("test", (4,))):
        names = [f"{number}.png" for number in numbers]
        files = [photo_file(name, png(shade=int(name[0]) * 20)) for name in names]
        answer = api.post(
            f"/api/v1/models/{model['id']}/imports",
            data=form(split=split, files=files, annotations=[coco(names)]),
        )
        assert answer.status_code == 201, answer.text
    return model


@pytest.fixture
def image(api: FlaskClient, model: dict[str, Any]) -> dict[str, Any]:
    """One photo of 40 x 30 pixels without labels."""
    return add_images(api, model, photo_file("part.png", png()))["created"][0]


@pytest.fixture
def trained(
    clean_app: OpenAPI, api: FlaskClient, labelled_model: dict[str, Any], tmp_path: Path
) -> dict[str, Any]:
    """A model with the weights of a completed run; ``image_ids`` are its four photos 1.png to 4.png."""
    address = f"/api/v1/models/{labelled_model['id']}"
    run = api.post(f"{address}/training-runs", json={}).get_json()
    assert training_progress.claim(run["id"])
    saved = tmp_path / "saved"
    saved.write_bytes(safetensors(["nut"]))
    row = weights_files.add_of_run(db.session.get_one(TrainingRun, run["id"]), saved)
    db.session.commit()
    training_runs.change_state(run["id"], (RunStatus.RUNNING,), RunStatus.COMPLETED, finished_at=now())
    ids = [image["id"] for image in walk(api, f"{address}/images")]
    return labelled_model | {"run_id": run["id"], "weights_id": row.id, "image_ids": ids}
