"""Annotate: the strip, the open photo, the mark «no object here»."""

import json
import re
from collections import Counter
from html import unescape
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import sign_in, text_of
from webapp.annotations import categories
from webapp.annotations.pages import editor_actions
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Role, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def photo(client: FlaskClient, model: DetectionModel) -> Image:
    """A photo without labels."""
    library.add_images(client, model.id, {"new.png": library.photo(77)})
    return db.session.scalars(db.select(Image)).one()


def strip_of(page: str) -> list[str]:
    return re.findall(r'<a class="strip-photo"[^>]* title="([^"]+)"', page)


def open_image(page: str) -> str:
    found = re.search(r'<h2 id="photo-name"[^>]*>([^<]+)', page)
    return found.group(1) if found else ""


def test_without_photos_it_leads_to_adding_some(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/annotate"))
    assert "No photos yet" in page
    assert f'href="/models/{model.id}/images"' in page


def test_the_strip_begins_with_photos_without_labels(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a.png", "b.png")
    library.add_images(client, model.id, {"z.png": library.photo(99)})
    page = text_of(client.get(f"/models/{model.id}/annotate"))
    assert strip_of(page) == ["z.png", "a.png", "b.png"]
    assert open_image(page) == "z.png"


def test_the_strip_is_filtered_by_labels_and_split(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a.png", "b.png")
    library.add_images(client, model.id, {"z.png": library.photo(99)}, "test")
    address = f"/models/{model.id}/annotate"
    assert strip_of(text_of(client.get(f"{address}?labelled=yes"))) == ["a.png", "b.png"]
    assert strip_of(text_of(client.get(f"{address}?split=test"))) == ["z.png"]
    assert "No photo fits" in client.get(f"{address}?labelled=yes&split=test").text


def test_the_open_photo_has_its_labels_and_neighbours(client: FlaskClient, model: DetectionModel) -> None:
    first, second, third = library.annotated_images(client, model.id, "a.png", "b.png", "c.png")
    page = text_of(client.get(f"/models/{model.id}/annotate?photo={second}&labelled=yes"))
    assert open_image(page) == "b.png"
    assert f'data-address="/models/{model.id}/images/{second}/labels"' in page
    assert re.search(r'data-category="\d+" data-name="fig" data-color="#[0-9a-f]{6}"', page)
    assert re.search(rf'rel="prev" href="[^"]*photo={first}&[^"]*labelled=yes"', page)
    found = re.search(r'rel="next" href="([^"]*)"', page)
    assert found and f"photo={third}&" in client.get(unescape(found[1])).location


def test_next_unlabelled_goes_on_and_begins_anew(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a.png")
    added = library.add_images(client, model.id, {f"{n}.png": library.photo(80 + n) for n in range(2)})
    first, second = (one["id"] for one in added["created"])
    for here, expected in ((1, first), (first, second), (second, first)):
        page = text_of(client.get(f"/models/{model.id}/annotate?photo={here}"))
        found = re.search(r'data-next-unlabelled [^>]*href="([^"]*)"', page)
        assert found and f"photo={expected}&" in client.get(unescape(found[1])).location, here


def test_labels_are_imported_here_too(client: FlaskClient, model: DetectionModel, photo: Image) -> None:
    page = client.get(f"/models/{model.id}/annotate").text
    assert f'action="/models/{model.id}/imports/files"' in page
    library.import_coco(client, model.id, library.coco("new.png"))
    assert len(client.get(f"/models/{model.id}/images/{photo.id}/labels").get_json()["shapes"]) == 2


def test_a_viewer_looks_and_exports_but_marks_nothing(
    client: FlaskClient, model: DetectionModel, photo: Image
) -> None:
    sign_in(client, Role.VIEWER)
    page = client.get(f"/models/{model.id}/annotate").text
    assert (
        "data-read-only" in page
        and 'class="btn btn-quiet no-object"' not in page
        and "coco-upload" not in page
    )
    assert f'href="/models/{model.id}/exports"' in page
    address = f"/models/{model.id}/images/{photo.id}/labels"
    answer = client.put(address, json={"version": 0, "shapes": [], "no_object": True})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    db.session.expire_all()
    assert not photo.no_object


def test_no_two_actions_share_a_key() -> None:
    keys = Counter(key for group in editor_actions.GROUPS for action in group.actions for key in action.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_the_sheet_of_keys_is_fetched_when_it_is_opened_and_the_keys_are_there_at_once(
    client: FlaskClient, model: DetectionModel, photo: Image
) -> None:
    page = client.get(f"/models/{model.id}/annotate").text
    known = json.loads(unescape(re.findall(r"id=\"annotator-help\"[^>]* data-keys='([^']+)'", page)[0]))
    assert known == editor_actions.keys() and known["Ctrl+z"] == "undo"
    assert "<kbd>Ctrl</kbd>" not in page and 'hx-get="/annotate/keys" hx-trigger="intersect once"' in page
    sheet = client.get("/annotate/keys").text
    assert "<html" not in sheet
    assert set(re.findall(r'<tr data-action="([^"]+)"', sheet)) == set(known.values())


def test_only_a_photo_without_shapes_asks_whether_there_is_an_object(
    client: FlaskClient, model: DetectionModel, photo: Image
) -> None:
    def said() -> tuple[bool, bool, bool]:
        """Whether it asks to draw, says that there is nothing, and offers to say so."""
        page = client.get(f"/models/{model.id}/annotate?photo={photo.id}").text
        button = re.findall(r'data-action="no-object"( disabled)?', page)
        return '<p id="no-shapes">' in page, '<p id="marked-empty">' in page, button == [""]

    address = f"/models/{model.id}/images/{photo.id}/labels"
    assert said() == (True, False, True)
    client.put(address, json={"version": photo.annotations_version, "shapes": [], "no_object": True})
    assert said() == (False, True, True)
    nut = categories.ensure(model, ["nut"])["nut"]
    db.session.commit()
    db.session.refresh(photo)
    shape = {"category": nut, "segmentation": [[10, 10, 30, 10, 30, 30]]}
    answer = client.put(address, json={"version": photo.annotations_version, "shapes": [shape]})
    assert answer.status_code == HTTPStatus.OK
    assert said() == (False, False, False)
