"""Outline from a box, through the page's address."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import sign_in
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Role, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Fruit", "", administrator)


@pytest.fixture
def address(client: FlaskClient, model: DetectionModel) -> str:
    library.add_images(client, model.id, {"new.png": library.photo(7)})
    image = db.session.scalars(db.select(Image)).one()
    return f"/models/{model.id}/images/{image.id}/outline"


def test_a_real_object_comes_back_as_a_polygon(
    client: FlaskClient, model: DetectionModel, shared_data: Path
) -> None:
    folder = shared_data / "fruits_nuts" / "data"
    document = json.loads((folder / "trainval.json").read_text())
    entry, shape = document["images"][0], document["annotations"][0]
    library.add_images(client, model.id, {"fruit.jpg": (folder / "images" / entry["file_name"]).read_bytes()})
    image = db.session.scalars(db.select(Image)).one()
    answer = client.post(f"/models/{model.id}/images/{image.id}/outline", json={"box": shape["bbox"]})
    assert answer.status_code == HTTPStatus.OK, answer.text
    (polygon,) = answer.get_json()["segmentation"]
    x, y, width, height = shape["bbox"]
    assert x - 2 <= min(polygon[0::2]) and max(polygon[0::2]) <= x + width + 2
    assert y - 2 <= min(polygon[1::2]) and max(polygon[1::2]) <= y + height + 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "box"),
        ({"box": "all"}, "box"),
        ({"box": [1, 2, 3]}, "box"),
        ({"box": [10, 10, 1, 1]}, "box"),
        ({"box": [900, 10, 40, 40]}, "box"),
        ({"box": [1e300, 0, 1e300, 5]}, "box"),
        ({"box": [True, 0, 5, 5]}, "box"),
        ({"box": [10, 10, 40, 40], "include": 7}, "include"),
        ({"box": [10, 10, 40, 40], "include": [[1, 2, 3]]}, "include[0]"),
        ({"box": [10, 10, 40, 40], "exclude": [[1, 2], ["a", 2]]}, "exclude[1]"),
        ({"box": [10, 10, 40, 40], "exclude": [[]] * 41}, "exclude"),
        ([1], "box"),
    ],
)
def test_it_refuses_what_is_no_box(client: FlaskClient, address: str, sent: Any, field: str) -> None:
    answer = client.post(address, json=sent)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.get_json()["field"] == field


def test_infinite_numbers_are_refused(client: FlaskClient, address: str) -> None:
    answer = client.post(address, data='{"box": [NaN, 0, Infinity, 5]}', content_type="application/json")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_viewers_are_refused(client: FlaskClient, address: str) -> None:
    sign_in(client, Role.VIEWER)
    assert client.post(address, json={"box": [1, 1, 20, 20]}).status_code == HTTPStatus.FORBIDDEN


def test_a_photo_of_another_model_is_not_found(
    client: FlaskClient, address: str, administrator: User
) -> None:
    other = detection_models.create_model("Other", "", administrator)
    elsewhere = f"/models/{other.id}/" + address.split("/", 3)[3]
    assert client.post(elsewhere, json={"box": [1, 1, 20, 20]}).status_code == HTTPStatus.NOT_FOUND
