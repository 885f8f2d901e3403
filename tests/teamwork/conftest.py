"""A model with photos, and people who label them."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.accounts.conftest import SeparateRequests
from tests.builders.library import add_images, all_images, photo
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Role, User
from webapp.projects import detection_models

Browser = Callable[[User], FlaskClient]


class Team(NamedTuple):
    """Two annotators beside the administrator, and a model with six unlabelled photos."""

    model: DetectionModel
    wang: User
    lin: User

    @property
    def images(self) -> list[Image]:
        """In order of upload."""
        return sorted(all_images(self.model), key=lambda image: image.id)


@pytest.fixture(autouse=True)
def separate_requests(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "test_client_class", SeparateRequests)


@pytest.fixture
def team(client: FlaskClient, administrator: User) -> Team:
    model = detection_models.create_model("Screw", "", administrator)
    add_images(client, model.id, {f"{number}.png": photo(number) for number in range(6)})
    people = [
        users.create_user(f"{name}@factory.test", PASSWORD, Role.ANNOTATOR, name.title())
        for name in ("wang", "lin")
    ]
    db.session.expire_all()
    return Team(model, *people)


@pytest.fixture
def browser_of(clean_app: OpenAPI) -> Browser:
    """A browser in which this person is signed in and reads English."""

    def make(user: User) -> FlaskClient:
        browser = clean_app.test_client()
        browser.set_cookie("language", "en")
        browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        return browser

    return make


def save(browser: FlaskClient, image: Image, version: int = 0) -> None:
    """Mark the photo as showing no object."""
    address = f"/models/{image.model_id}/images/{image.id}/labels"
    answer = browser.put(address, json={"version": version, "shapes": [], "no_object": True})
    assert answer.status_code == 200, answer.text
