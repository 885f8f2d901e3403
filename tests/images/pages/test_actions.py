"""Ticking photos: the mode for deleting, moving, all that fit a filter, taking back, and the trash."""

import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.builders import library
from tests.builders.runs import sign_in, text_of
from webapp.core.extensions import db
from webapp.images import bulk as image_bulk
from webapp.models import DetectionModel, Image, LibraryKind, LibraryRun, Role, RunStatus, TrashedImage, User
from webapp.projects import detection_models

NAMES = ("a.png", "b.png", "c.png")


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def ids(client: FlaskClient, model: DetectionModel) -> list[int]:
    """Of three photos for training with two labels each."""
    return library.annotated_images(client, model.id, *NAMES)


def splits() -> dict[str, str]:
    db.session.expire_all()
    rows = db.session.execute(select(Image.filename, Image.split).order_by(Image.filename))
    return {filename: split.value for filename, split in rows}


def toast(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == HTTPStatus.OK, answer.text
    sent = json.loads(answer.headers["HX-Trigger"])
    assert "photos:changed" in sent
    return sent["toast"]


def act(client: FlaskClient, model: DetectionModel, what: str, query: str = "", **data: Any) -> TestResponse:
    return client.post(f"/models/{model.id}/images/{what}{query}", data=data, headers=library.HTMX)


def press(client: FlaskClient, action: dict[str, Any]) -> TestResponse:
    """The button of a toast."""
    return client.post(action["url"], data=action["values"], headers=library.HTMX)


def test_the_button_for_deleting_opens_a_mode_that_can_be_left(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    page = text_of(client.get(f"/models/{model.id}/images"))
    assert "Delete photos" in page
    assert "Cancel deletion" not in page and "Confirm deletion" not in page
    page = text_of(client.get(f"/models/{model.id}/images?mode=delete&split=train"))
    assert "Cancel deletion" in page and "Confirm deletion" in page
    assert "data-when-ticked" not in page  # the two buttons show before anything is ticked
    assert len(re.findall(r'<label class="photo"', page)) == 3
    assert splits() == dict.fromkeys(NAMES, "train")


def test_ticks_are_kept_on_the_way_into_the_mode(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    page = client.get(f"/models/{model.id}/images?mode=delete&ids={ids[1]}").text
    assert re.findall(r'name="ids" value="(\d+)"[^>]* checked', page) == [str(ids[1])]


def test_confirmed_photos_are_gone_and_the_toast_brings_them_back(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    done = toast(act(client, model, "delete", ids=ids[:2]))
    assert done["message"] == "2 photos are in the trash now."
    assert splits() == {"c.png": "train"}
    assert toast(press(client, done["action"]))["message"] == "2 photos are back with their labels."
    assert list(splits()) == list(NAMES)
    page = text_of(client.get(f"/models/{model.id}/images/{ids[0]}"))
    assert 'aria-label="a.png: 2 labels"' in page


def test_photos_move_and_the_toast_moves_them_back(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    done = toast(act(client, model, "move", ids=ids[0], target="validation"))
    assert done["message"] == "1 photo moved to “For checking”."
    assert splits()["a.png"] == "validation"
    assert toast(press(client, done["action"]))["message"] == "1 photo moved back."
    assert splits()["a.png"] == "train"


def test_all_that_fit_the_filter_are_meant_whatever_the_page_shows(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    library.add_images(client, model.id, {f"n{n}.png": library.photo(100 + n) for n in range(65)})
    library.add_images(client, model.id, {"n-test.png": library.photo(200)}, "test")
    page = text_of(client.get(f"/models/{model.id}/images?labelled=no&q=n"))
    assert "All that fit the filter, on every page" in page
    assert "All 68 of this tab, on every page" in text_of(client.get(f"/models/{model.id}/images"))
    done = toast(act(client, model, "delete", "?split=train&labelled=no&q=n", all="1", ids=ids[0]))
    assert done["message"] == "65 photos are in the trash now."
    assert splits() == dict.fromkeys(NAMES, "train") | {"n-test.png": "test"}


def test_more_than_a_request_should_wait_for_are_left_to_the_worker(
    client: FlaskClient, model: DetectionModel, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_bulk, "AT_ONCE", 2)
    answer = act(client, model, "move", "?split=train", all="1", target="test")
    run = db.session.scalars(select(LibraryRun).where(LibraryRun.kind == LibraryKind.MOVE)).one()
    assert answer.headers["HX-Redirect"] == f"/models/{model.id}/images/work/{run.id}"
    assert splits() == dict.fromkeys(NAMES, "train")
    assert "Waiting for its turn" in text_of(client.get(answer.headers["HX-Redirect"]))
    run.result = {"count": 3, "split": "test", "undo": "x", "parted": 2}
    run.status = RunStatus.COMPLETED
    db.session.commit()
    page = text_of(client.get(answer.headers["HX-Redirect"]))
    assert "3 photos moved." in page and 'name="move" value="x"' in page
    assert "2 of them belong to photos on the other side of training" in page


def test_nothing_ticked_is_refused_beside_the_buttons(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    for what, data in (
        ("delete", {}),
        ("move", {"target": "test"}),
        ("delete", {"ids": ["x", "-1", "9" * 30]}),
    ):
        answer = act(client, model, what, **data)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Tick the photos first." in answer.text and "<html" not in answer.text
    answer = act(client, model, "move", ids=ids[0], target="nowhere")
    assert "Choose where the photos go" in answer.text
    assert splits() == dict.fromkeys(NAMES, "train")


def test_without_scripts_the_page_comes_again_with_a_note(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    answer = client.post(f"/models/{model.id}/images/delete?split=train&q=png", data={"ids": ids[0]})
    assert answer.location == f"/models/{model.id}/images?split=train&q=png"
    assert "1 photo is in the trash now." in text_of(client.get(answer.location))


def test_an_undo_that_cannot_be_done_says_so_in_a_toast(client: FlaskClient, model: DetectionModel) -> None:
    for data in ({"move": "unknown"}, {"deleted": "yesterday"}, {"deleted": "2026-11-01T00:00:00"}, {}):
        answer = act(client, model, "undo", **data)
        assert answer.status_code >= 400
        assert json.loads(answer.headers["HX-Trigger"])["toast"]["level"] == "error"
        assert "cannot be undone" in answer.headers["HX-Trigger"]


def test_photos_of_another_model_are_not_touched(
    client: FlaskClient, model: DetectionModel, ids: list[int], administrator: User
) -> None:
    other = detection_models.create_model("Axle", "", administrator)
    assert toast(act(client, other, "delete", ids=ids))["message"].startswith("0 photos")
    assert toast(act(client, other, "move", ids=ids, target="test"))["message"].startswith("0 photos")
    assert splits() == dict.fromkeys(NAMES, "train")


def test_the_trash_shows_what_was_deleted_and_gives_it_back(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    address = f"/models/{model.id}/images/trash"
    assert "The trash is empty" in text_of(client.get(address))
    assert f'href="{address}"' in client.get(f"/models/{model.id}/images").text
    act(client, model, "delete", ids=ids[0])
    act(client, model, "delete", ids=ids[1:])
    page = text_of(client.get(address))
    assert re.findall(r'<span class="photo-name"[^>]*>([^<]+)', page) == ["c.png", "b.png", "a.png"]
    assert "Admin" in page and len(re.findall("goes for good on", page)) == 2
    batches = re.findall(r'name="at" value="([^"]+)"', page)
    answer = client.post(f"{address}/restore", data={"at": batches[1]})
    assert "1 photo is back with its labels." in text_of(client.get(answer.location))
    assert list(splits()) == ["a.png"]
    trashed = db.session.scalars(select(TrashedImage.id)).all()
    client.post(f"{address}/restore", data={"ids": trashed[:1]})
    assert len(splits()) == 2
    client.post(f"{address}/restore", data={"all": "1"})
    assert list(splits()) == list(NAMES)


def test_the_trash_is_read_in_pages(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {f"{n}.png": library.photo(n) for n in range(70)})
    act(client, model, "delete", all="1")
    address = f"/models/{model.id}/images/trash"
    page = client.get(address).text
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    rest = client.get(following.group(1).replace("&amp;", "&")).text
    names = re.findall(r'<span class="photo-name"[^>]*>([^<]+)', page + rest)
    assert len(names) == len(set(names)) == 70
    assert 'rel="next"' not in rest
    for after in ("x", "_1", "2026-11-24T00:00:00_1", "2026-11-24T00:00:00+00:00_x"):
        assert client.get(address, query_string={"after": after}).status_code == HTTPStatus.OK


def test_what_came_back_meanwhile_is_told(client: FlaskClient, model: DetectionModel, ids: list[int]) -> None:
    act(client, model, "delete", ids=ids[:2])
    library.add_images(client, model.id, {"again.png": library.photo(0), "b.png": library.photo(99)})
    answer = client.post(f"/models/{model.id}/images/trash/restore", data={"all": "1"})
    page = text_of(client.get(answer.location))
    assert "1 photo is back" in page
    assert "b.png is b (2).png now" in page
    assert "1 stays in the trash, as the same photo was added again: a.png." in page


def test_deleting_for_good_is_asked_and_empties_the_trash(
    client: FlaskClient, model: DetectionModel, ids: list[int]
) -> None:
    act(client, model, "delete", ids=ids)
    address = f"/models/{model.id}/images/trash"
    page = client.get(address).text
    assert 'data-dialog="delete-for-good"' in page and '<dialog class="dialog" id="delete-for-good"' in page
    first = db.session.scalars(select(TrashedImage.id)).first()
    assert client.post(f"{address}/delete").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    client.post(f"{address}/delete", data={"ids": first})
    assert len(db.session.scalars(select(TrashedImage.id)).all()) == 2
    client.post(f"{address}/delete", data={"all": "1"})
    assert db.session.scalars(select(TrashedImage.id)).all() == []


def test_who_may_what(client: FlaskClient, model: DetectionModel, ids: list[int]) -> None:
    address = f"/models/{model.id}/images"
    sign_in(client, Role.ANNOTATOR)
    act(client, model, "delete", ids=ids[0])
    assert "Empty the trash" not in client.get(f"{address}/trash").text
    assert client.post(f"{address}/trash/delete", data={"all": "1"}).status_code == HTTPStatus.FORBIDDEN
    sign_in(client, Role.VIEWER)
    page = client.get(f"{address}?mode=delete").text
    assert 'name="ids"' not in page and "Confirm deletion" not in page
    assert 'name="ids"' not in client.get(f"{address}/trash").text
    for path in ("delete", "move", "undo", "trash/restore", "trash/delete"):
        answer = client.post(f"{address}/{path}", data={"ids": ids[1], "target": "test", "all": "1"})
        assert answer.status_code == HTTPStatus.FORBIDDEN, path
    assert splits() == dict.fromkeys(NAMES[1:], "train")
