"""One photo moves to another split, or goes to the trash."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.builders.runs import model_with_photos
from tests.rest.sending import assert_problem, walk
from webapp.core.extensions import db
from webapp.images import restore as image_restore
from webapp.images.similar import groups
from webapp.models import DetectionModel, TrashedImage, User


def test_a_photo_moves_to_another_split(api: FlaskClient, image: dict[str, Any]) -> None:
    address = f"/api/v1/images/{image['id']}"
    answer = api.patch(address, json={"split": "test"})
    assert answer.status_code == 200
    assert answer.get_json() == image | {"split": "test", "parts_group": False}
    assert api.patch(address, json={"split": "test"}).get_json()["split"] == "test"


def test_a_move_that_parts_a_group_says_so(api: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator, train=2)
    ids = [photo["id"] for photo in walk(api, f"/api/v1/models/{model.id}/images?split=train")]
    groups.join(model, ids)
    moved = api.patch(f"/api/v1/images/{ids[0]}", json={"split": "test"}).get_json()
    assert moved["parts_group"] is True
    back = api.patch(f"/api/v1/images/{ids[0]}", json={"split": "train"}).get_json()
    assert back["parts_group"] is False


@pytest.mark.parametrize(
    "body", [{}, {"split": "training"}, {"split": None}, {"split": "test", "labelled": True}]
)
def test_a_wrong_change_is_named_and_changes_nothing(
    api: FlaskClient, model: dict[str, Any], image: dict[str, Any], body: dict[str, Any]
) -> None:
    problem = assert_problem(api.patch(f"/api/v1/images/{image['id']}", json=body), 422)
    assert problem["field"] in ("split", "labelled")
    assert walk(api, f"/api/v1/models/{model['id']}/images") == [image]


def test_a_deleted_photo_is_gone_until_it_is_restored(
    clean_app: OpenAPI, api: FlaskClient, labelled_model: dict[str, Any]
) -> None:
    photos = f"/api/v1/models/{labelled_model['id']}/images"
    before = walk(api, photos)
    address = f"/api/v1/images/{before[0]['id']}"
    labels = api.get(f"{address}/annotations").get_json()
    answer = api.delete(address)
    assert (answer.status_code, answer.data) == (204, b"")
    for path in (address, f"{address}/file", f"{address}/annotations"):
        assert api.get(path).status_code in (404, 405)
    assert_problem(api.delete(address), 404, "not_found")
    assert walk(api, photos) == before[1:]
    counts = api.get(f"/api/v1/models/{labelled_model['id']}").get_json()["counts"]
    assert counts == {"train": 1, "validation": 1, "test": 1, "unlabelled": 0}
    trashed = db.session.scalars(select(TrashedImage)).one()
    assert trashed.filename == before[0]["filename"]
    image_restore.restore(db.session.get_one(DetectionModel, labelled_model["id"]))
    assert walk(api, photos) == before
    assert api.get(f"{address}/annotations").get_json() == labels


def test_unknown_photos_are_not_found(api: FlaskClient) -> None:
    assert_problem(api.patch("/api/v1/images/999", json={"split": "test"}), 404, "not_found")
    assert_problem(api.delete("/api/v1/images/999"), 404, "not_found")
