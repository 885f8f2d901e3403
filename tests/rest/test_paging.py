"""Cursors: every page joins the next without a gap, and only the list's own cursors are taken."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.rest.sending import add_images, assert_problem, photo_file, png, walk
from webapp.rest.paging import decode, encode


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_photos_are_walked_without_a_gap(api: FlaskClient, model: dict[str, Any], limit: int) -> None:
    added = add_images(api, model, *[photo_file(f"{n}.png", png(shade=n)) for n in range(7)])["created"]
    for image in added[::2]:
        labels = {"items": [], "no_object": True}
        address = f"/api/v1/images/{image['id']}/annotations"
        assert api.put(address, json=labels, headers={"If-Match": '"0"'}).status_code == 200
    walked = walk(api, f"/api/v1/models/{model['id']}/images?limit={limit}")
    ids = [image["id"] for image in added]
    assert [image["id"] for image in walked] == ids[1::2] + ids[::2]


def test_models_are_walked_without_a_gap(api: FlaskClient) -> None:
    for number in range(5):
        api.post("/api/v1/models", json={"name": f"model {number}"})
    assert [found["name"] for found in walk(api, "/api/v1/models?limit=2")] == [
        f"model {n}" for n in range(5)
    ]


def test_a_cursor_stays_right_while_photos_are_added(api: FlaskClient, model: dict[str, Any]) -> None:
    add_images(api, model, *[photo_file(f"{n}.png", png(shade=n)) for n in range(4)])
    address = f"/api/v1/models/{model['id']}/images?limit=2"
    first = api.get(address).get_json()
    add_images(api, model, photo_file("late.png", png(shade=50)))
    rest = walk(api, address, first["next_cursor"])
    assert [found["filename"] for found in rest] == ["2.png", "3.png", "late.png"]


FOREIGN = [
    "",
    "x",
    "%00",
    "€",
    "W10",
    "bnVsbA",
    "WyJp" * 5000,
    encode("models", 1),
    encode("images", 1),
    encode("images", 1, -1),
    encode("images", 0, 2**63),
    encode("images", 0, 1)[:-2],
]


@pytest.mark.parametrize("cursor", FOREIGN)
def test_a_foreign_cursor_is_refused(api: FlaskClient, model: dict[str, Any], cursor: str) -> None:
    answer = api.get(f"/api/v1/models/{model['id']}/images", query_string={"cursor": cursor})
    assert assert_problem(answer, 422)["field"] == "cursor"


def test_a_cursor_gives_its_key_back(api: FlaskClient) -> None:
    assert decode("images", encode("images", 1, 7), 2) == (1, 7)
    assert decode("images", None) is None
