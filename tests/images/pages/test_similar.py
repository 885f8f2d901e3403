"""The page of photos that look the same: pairs side by side, moved together or kept apart; warnings elsewhere."""

import re
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders.runs import sign_in, text_of
from tests.images import alike
from webapp.core.extensions import db
from webapp.images.similar import leaks, near_duplicates
from webapp.models import DetectionModel, Image, NearDuplicate, Role, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def pair(model: DetectionModel, seed: int, split: Split = Split.VALIDATION) -> tuple[int, int]:
    """A photo in train and the same scene again elsewhere; their ids."""
    first = alike.add(model, alike.scene(seed), name=f"first{seed}.jpg")
    second = alike.add(model, alike.saved_again(alike.scene(seed)), split, name=f"second{seed}.jpg")
    return first.id, second.id


def compare(model: DetectionModel) -> None:
    while near_duplicates.compare_some(model.id):
        pass


def splits(*ids: int) -> list[str]:
    db.session.expire_all()
    return [db.session.get_one(Image, image_id).split.value for image_id in ids]


def test_both_photos_stand_side_by_side_with_what_parts_them(
    client: FlaskClient, model: DetectionModel
) -> None:
    pair(model, 1)
    pair(model, 2, Split.TRAIN)  # no leak: both are trained on
    compare(model)
    page = text_of(client.get(f"/models/{model.id}/similar"))
    assert re.findall(r'twin-name">([^<]+)', page) == ["first1.jpg", "second1.jpg"]
    assert re.findall(r'class="twin" data-split="(\w+)"', page) == ["train", "validation"]
    assert re.search(r"[1-9]\d* of 64 bits differ|look the same", page)


def test_photos_without_a_difference_look_the_same(client: FlaskClient, model: DetectionModel) -> None:
    pair(model, 1)
    compare(model)
    db.session.query(NearDuplicate).update({"distance": 0})
    db.session.commit()
    page = text_of(client.get(f"/models/{model.id}/similar"))
    assert "look the same" in page and "of 64 bits" not in page


def test_one_click_puts_both_into_one_split(client: FlaskClient, model: DetectionModel) -> None:
    first, second = pair(model, 1)
    compare(model)
    answer = client.post(
        f"/models/{model.id}/similar/move",
        data={"first": first, "second": second, "split": "validation"},
        follow_redirects=True,
    )
    assert "1 photo moved." in text_of(answer)
    assert splits(first, second) == ["validation", "validation"]
    assert 'class="twin"' not in answer.text


def test_what_looks_the_same_as_one_of_them_moves_too(client: FlaskClient, model: DetectionModel) -> None:
    first, second = pair(model, 1)
    third = alike.add(model, alike.smaller(alike.scene(1)), Split.VALIDATION).id
    other = alike.add(model, alike.scene(2), Split.VALIDATION).id
    compare(model)
    assert "Move all 3 to “For training”" in text_of(client.get(f"/models/{model.id}/similar"))
    data = {"first": first, "second": second, "split": "train"}
    client.post(f"/models/{model.id}/similar/move", data=data)
    assert splits(first, second, third, other) == ["train", "train", "train", "validation"]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("train", ["train", "train", "train", "train"]),
        ("judging", ["validation", "validation", "test", "test"]),
    ],
)
def test_all_pairs_move_at_once(
    client: FlaskClient, model: DetectionModel, to: str, expected: list[str]
) -> None:
    ids = (*pair(model, 1), *pair(model, 2, Split.TEST))
    compare(model)
    client.post(f"/models/{model.id}/similar/move-all", data={"to": to})
    assert splits(*ids) == expected
    assert leaks.count(model) == 0


def test_a_pair_can_be_kept_apart_and_shown_again(client: FlaskClient, model: DetectionModel) -> None:
    first, second = pair(model, 1)
    compare(model)
    address = f"/models/{model.id}/similar"
    data = {"first": second, "second": first, "apart": "yes"}
    assert 'class="twin"' not in client.post(f"{address}/apart", data=data, follow_redirects=True).text
    assert splits(first, second) == ["train", "validation"]
    assert "first1.jpg" in client.get(f"{address}?show=apart").text
    client.post(f"{address}/apart", data=data | {"apart": "no"})
    assert "first1.jpg" in client.get(address).text


def test_pages_follow_each_other_without_gap_or_repeat(
    client: FlaskClient, model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.images.pages import similar as pages_similar

    monkeypatch.setattr(pages_similar, "PAGE_SIZE", 2)
    for seed in range(5):
        pair(model, seed)
    compare(model)
    seen, address = [], f"/models/{model.id}/similar"
    while address:
        page = client.get(address).text
        seen += re.findall(r'twin-name">(first\d)', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert sorted(seen) == [f"first{seed}.jpg"[:6] for seed in range(5)]


def test_a_pair_that_is_gone_is_refused(client: FlaskClient, model: DetectionModel) -> None:
    data = {"first": 1, "second": 2, "apart": "yes"}
    answer = client.post(f"/models/{model.id}/similar/apart", data=data)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "no pair any more" in answer.text
    wrong = client.post(f"/models/{model.id}/similar/move", data={"first": "x", "split": "train"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_viewer_sees_the_pairs_and_moves_nothing(client: FlaskClient, model: DetectionModel) -> None:
    first, second = pair(model, 1)
    compare(model)
    sign_in(client, Role.VIEWER)
    page = client.get(f"/models/{model.id}/similar").text
    assert "first1.jpg" in page and "similar/move" not in page
    data = {"first": first, "second": second, "split": "train"}
    assert client.post(f"/models/{model.id}/similar/move", data=data).status_code == HTTPStatus.FORBIDDEN
    assert splits(first, second) == ["train", "validation"]


def test_the_images_page_and_the_training_page_warn(client: FlaskClient, model: DetectionModel) -> None:
    def warned() -> tuple[bool, bool]:
        images = text_of(client.get(f"/models/{model.id}/images"))
        training = text_of(client.get(f"/models/{model.id}/train"))
        return "to be decided" in images, "shows what a photo for training shows" in training

    assert warned() == (False, False)
    pair(model, 1)
    compare(model)
    assert warned() == (True, False)  # a training takes labelled photos alone
    db.session.execute(update(Image).values(labelled=True))
    db.session.commit()
    assert warned() == (True, True)


def test_the_page_says_that_photos_are_being_compared(client: FlaskClient, model: DetectionModel) -> None:
    pair(model, 1)
    assert "are being compared" in client.get(f"/models/{model.id}/similar").text
    compare(model)
    assert "are being compared" not in client.get(f"/models/{model.id}/similar").text
