"""Models: make, list, change, picture."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.rest.sending import add_images, assert_problem, form, photo_file, png
from webapp.accounts import users
from webapp.models import Role


def test_a_model_is_made_and_found(api: FlaskClient) -> None:
    answer = api.post("/api/v1/models", json={"name": " Ball  screw ", "description": "滾珠螺桿"})
    made = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/api/v1/models/{made['id']}")
    assert made["name"] == "Ball screw"
    assert made["description"] == "滾珠螺桿"
    assert made["picture_url"] is None
    assert made["counts"] == {"train": 0, "validation": 0, "test": 0, "unlabelled": 0}
    assert made["created_at"].endswith("Z")
    age = datetime.now(UTC) - datetime.fromisoformat(made["created_at"])
    assert abs(age.total_seconds()) < 60
    assert api.get(f"/api/v1/models/{made['id']}").get_json() == made
    assert api.get("/api/v1/models").get_json() == {"items": [made], "next_cursor": None}


def test_counts_follow_the_photos(api: FlaskClient, labelled_model: dict[str, Any]) -> None:
    add_images(api, labelled_model, photo_file("new.png", png(shade=9)), split="test")
    counts = api.get(f"/api/v1/models/{labelled_model['id']}").get_json()["counts"]
    assert counts == {"train": 2, "validation": 1, "test": 2, "unlabelled": 1}


def test_a_name_is_taken_once(api: FlaskClient, model: dict[str, Any]) -> None:
    body = assert_problem(api.post("/api/v1/models", json={"name": "BALL SCREW"}), 409, "name_taken")
    assert body["field"] == "name"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 5}, "name"),
        ({"name": "half \ud800 pair"}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a", "description": "x" * 2001}, "description"),
        ({"name": "a", "nmae": "b"}, "nmae"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_fault_is_named(api: FlaskClient, body: Any, field: str) -> None:
    answer = assert_problem(api.post("/api/v1/models", json=body), 422)
    assert answer["field"] == field
    assert api.get("/api/v1/models").get_json()["items"] == []


def test_changes(api: FlaskClient, model: dict[str, Any]) -> None:
    address = f"/api/v1/models/{model['id']}"
    changed = api.patch(address, json={"description": "new"}).get_json()
    assert (changed["name"], changed["description"]) == ("Ball screw", "new")
    assert api.patch(address, json={"name": "Nut"}).get_json()["description"] == "new"
    assert_problem(api.patch(address, json={"name": ""}), 422, "name_missing")


def test_a_picture(api: FlaskClient, model: dict[str, Any]) -> None:
    address = f"/api/v1/models/{model['id']}/picture"
    assert_problem(api.get(address), 404, "no_picture")
    refused = api.put(address, data=form(picture=photo_file("a.png", b"no picture")))
    assert_problem(refused, 422, "text")
    assert_problem(api.put(address, data={}), 422, "file_missing")
    answer = api.put(address, data=form(file=photo_file("a.png", png())))
    assert answer.get_json()["picture_url"] == address
    picture = api.get(address)
    assert (picture.status_code, picture.mimetype) == (200, "image/webp")


def test_unknown_models_are_not_found(api: FlaskClient) -> None:
    for number in (999, 2**63 - 1, 2**63, 10**30, 0):
        assert_problem(api.get(f"/api/v1/models/{number}"), 404)
    assert_problem(api.get("/api/v1/models/seven"), 404)


@pytest.mark.parametrize("confirm", [{}, {"confirm": ""}, {"confirm": "ball screw"}, {"confirm": "Nut"}])
def test_a_model_is_not_deleted_without_its_name(
    api: FlaskClient, model: dict[str, Any], confirm: dict[str, str]
) -> None:
    address = f"/api/v1/models/{model['id']}"
    body = assert_problem(api.delete(address, query_string=confirm), 409, "confirm_wrong")
    assert body["field"] == "confirm"
    assert api.get(address).status_code == 200


def test_a_model_is_deleted_with_its_name_and_its_name_is_free(
    api: FlaskClient, model: dict[str, Any]
) -> None:
    address = f"/api/v1/models/{model['id']}"
    answer = api.delete(address, query_string={"confirm": "Ball screw"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert_problem(api.get(address), 404, "not_found")
    assert_problem(api.get(f"{address}/images"), 404, "not_found")
    assert_problem(api.delete(address, query_string={"confirm": "Ball screw"}), 404, "not_found")
    assert api.get("/api/v1/models").get_json()["items"] == []
    assert api.post("/api/v1/models", json={"name": "Ball screw"}).status_code == 201


def test_only_engineers_delete_models(api: FlaskClient, model: dict[str, Any]) -> None:
    annotator = users.create_user("annotator@factory.test", "correct horse battery", Role.ANNOTATOR)
    bearer = {"Authorization": f"Bearer {users.create_token(annotator.email)}"}
    address = f"/api/v1/models/{model['id']}?confirm=Ball%20screw"
    assert_problem(api.delete(address, headers=bearer), 403, "forbidden")
