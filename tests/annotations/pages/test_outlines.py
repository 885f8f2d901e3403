"""The editor's door to operations on outlines: answered inside the photo, refused where it is no outline."""

from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import sign_in
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Role, User
from webapp.projects import detection_models

SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]


@pytest.fixture
def address(client: FlaskClient, administrator: User) -> str:
    """Of a photo of 80 x 60 pixels."""
    model: DetectionModel = detection_models.create_model("Screw", "", administrator)
    library.add_images(client, model.id, {"new.png": library.photo(77)})
    photo = db.session.scalars(db.select(Image)).one()
    return f"/models/{model.id}/images/{photo.id}/outlines"


def test_what_reaches_beyond_the_photo_is_cut_off(client: FlaskClient, address: str) -> None:
    asked = {"operation": "line", "shapes": [], "line": [-20, 5, 100, 5], "width": 4}
    [[rings]] = client.post(address, json=asked).get_json()["results"]
    xs = [value for flat in rings for value in flat[::2]]
    assert (min(xs), max(xs)) == (0, 80)


def test_each_shape_is_answered_and_the_unchanged_by_null(client: FlaskClient, address: str) -> None:
    other = [value + 30 for value in SQUARE]
    asked = {"operation": "split", "shapes": [[SQUARE], [other]], "line": [20, 0, 20, 35]}
    pieces, unchanged = client.post(address, json=asked).get_json()["results"]
    assert len(pieces) == 2
    assert unchanged is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "melt"},
        {"shapes": [[[1, 2]]]},
        {"shapes": [[[1, 2, 3, 4, 5, 6, 7]]]},
        {"width": -1},
        {"width": 1e9},
        {"operation": "brush", "line": []},
        {"operation": "join", "shapes": []},
        {"shapes": "all"},
    ],
)
def test_what_is_no_outline_is_refused(client: FlaskClient, address: str, wrong: dict[str, object]) -> None:
    answer = client.post(address, json={"operation": "merge", "shapes": [[SQUARE]]} | wrong)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.get_json()["code"] == "outlines_invalid"
    assert client.post(address, data=b"\xff").status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_viewer_computes_nothing(client: FlaskClient, address: str) -> None:
    sign_in(client, Role.VIEWER)
    asked = {"operation": "merge", "shapes": [[SQUARE]]}
    assert client.post(address, json=asked).status_code == HTTPStatus.FORBIDDEN
