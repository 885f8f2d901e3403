"""The order of a sitting: fixed when it begins, names sorted as people do."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import text_of
from webapp.formats.files.natural_order import natural
from webapp.models import DetectionModel, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def test_two_comes_before_ten() -> None:
    names = ["p10.png", "P2.png", "p1.png", "a.png", "10.png", "9.png", "②.png"]
    assert sorted(names, key=natural) == ["9.png", "10.png", "a.png", "p1.png", "P2.png", "p10.png", "②.png"]


def name_of(page: str) -> str:
    found = re.search(r'<h2 id="photo-name"[^>]*>([^<]+)', page)
    return found[1] if found else ""


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def follow(client: FlaskClient, address: str) -> str:
    return text_of(client.get(address, follow_redirects=True))


def test_previous_goes_back_to_the_photo_that_was_just_labelled(
    client: FlaskClient, model: DetectionModel
) -> None:
    files = {f"p{number}.png": library.photo(number) for number in (1, 2, 3)}
    added = library.add_images(client, model.id, files)["created"]
    page = text_of(client.get(f"/models/{model.id}/annotate"))
    first = name_of(page)
    labels = f"/models/{model.id}/images/{added[0]['id']}/labels"
    assert client.put(labels, json={"version": 0, "shapes": [], "no_object": True}).status_code == 200
    page = follow(client, link(page, "next"))
    assert (first, name_of(page)) == ("p1.png", "p2.png")
    page = follow(client, link(page, "prev"))
    assert name_of(page) == "p1.png"
    assert re.findall(r'<a class="strip-photo"[^>]* title="([^"]+)"', page) == ["p1.png", "p2.png", "p3.png"]
    # A sitting that begins now has the labelled photo at its end.
    assert name_of(text_of(client.get(f"/models/{model.id}/annotate"))) == "p2.png"


def test_a_sitting_that_is_lost_begins_anew_with_the_photo(
    client: FlaskClient, model: DetectionModel
) -> None:
    added = library.add_images(client, model.id, {"a.png": library.photo(1), "b.png": library.photo(2)})
    photo = added["created"][1]["id"]
    page = text_of(client.get(f"/models/{model.id}/annotate?photo={photo}&sitting=gone"))
    assert name_of(page) == "b.png"
    assert name_of(follow(client, link(page, "prev"))) == "a.png"
    assert link(page, "next") == ""
