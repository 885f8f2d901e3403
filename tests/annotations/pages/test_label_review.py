"""Beside the photo: the history of its labels and what a second person said of them."""

from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.annotations.pages.test_labels import SQUARE, polygon, put, shapes_of
from tests.builders import library
from tests.builders.runs import sign_in, text_of
from webapp.annotations import categories, category_changes
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, Review, Role, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def nut(model: DetectionModel) -> int:
    return categories.create(model, "nut").id


@pytest.fixture
def photo(client: FlaskClient, model: DetectionModel, nut: int) -> Image:
    """Labelled with two shapes, then with one."""
    library.add_images(client, model.id, {"new.png": library.photo(77)})
    image = db.session.scalars(db.select(Image)).one()
    put(client, image, 0, polygon(nut, SQUARE), polygon(nut, [1.25, 2, 9, 2, 9, 9.5]))
    put(client, image, 1, polygon(nut, SQUARE))
    return image


def address(photo: Image, what: str) -> str:
    return f"/models/{photo.model_id}/images/{photo.id}/labels/{what}"


def say(client: FlaskClient, photo: Image, review: str, note: str = "") -> tuple[int, str]:
    answer = client.post(
        address(photo, "review"), data={"review": review, "note": note}, headers=library.HTMX
    )
    db.session.refresh(photo)
    return answer.status_code, text_of(answer)


def test_the_history_says_who_when_and_how_and_an_earlier_state_comes_back_exactly(
    client: FlaskClient, photo: Image
) -> None:
    page = text_of(client.get(address(photo, "history")))
    assert page.index("1 shape") < page.index("2 shapes")
    assert "Drawn here" in page and "Admin" in page and "holds now" in page
    looked_at = client.get(address(photo, "versions/1")).get_json()["shapes"]
    assert len(looked_at) == 2
    answer = client.post(address(photo, "restore"), data={"version": "1"}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.OK and "labels:restored" in answer.headers["HX-Trigger"]
    assert "Brought back" in answer.text
    assert [shape["segmentation"] for shape in shapes_of(client, photo)] == [
        [SQUARE],
        [[1.25, 2, 9, 2, 9, 9.5]],
    ]
    db.session.refresh(photo)
    assert photo.annotations_version == 3


def test_a_state_with_a_category_that_was_merged_comes_back_with_it(
    client: FlaskClient, model: DetectionModel, photo: Image, nut: int
) -> None:
    bolt = categories.create(model, "bolt")
    category_changes.merge(categories.of_model(model, nut), bolt)
    client.post(address(photo, "restore"), data={"version": "1"}, headers=library.HTMX)
    names = {category.id: category.name for category in categories.list_categories(model)}
    assert [names[shape["category"]] for shape in shapes_of(client, photo)] == ["nut", "nut"]


@pytest.mark.parametrize("version", ["7", "2", "x", ""])
def test_what_is_not_kept_or_holds_now_is_not_brought_back(
    client: FlaskClient, photo: Image, version: str
) -> None:
    answer = client.post(address(photo, "restore"), data={"version": version}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "not kept any more" in answer.text
    assert len(shapes_of(client, photo)) == 1


def test_labels_are_found_right_and_a_change_asks_again(client: FlaskClient, photo: Image, nut: int) -> None:
    assert say(client, photo, "reviewed")[0] == HTTPStatus.OK
    assert photo.review is Review.REVIEWED
    put(client, photo, 2, polygon(nut, SQUARE), polygon(nut, SQUARE))
    db.session.refresh(photo)
    assert photo.review is Review.OPEN


def test_a_rejection_needs_a_note_and_stays_while_it_is_corrected(
    client: FlaskClient, photo: Image, nut: int
) -> None:
    status, said = say(client, photo, "rejected", "  ")
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY and "what is wrong" in said
    assert photo.review is Review.OPEN
    assert say(client, photo, "rejected", "Thread missing")[0] == HTTPStatus.OK
    put(client, photo, 2, polygon(nut, SQUARE), polygon(nut, SQUARE))
    db.session.refresh(photo)
    assert (photo.review, photo.review_note) == (Review.REJECTED, "Thread missing")
    say(client, photo, "open")
    assert (photo.review, photo.review_note) == (Review.OPEN, "")


def test_a_photo_without_labels_is_not_reviewed(client: FlaskClient, photo: Image) -> None:
    put(client, photo, 2)
    status, said = say(client, photo, "reviewed")
    assert status == HTTPStatus.CONFLICT and "no labels yet" in said


def test_rejected_photos_are_found(client: FlaskClient, model: DetectionModel, photo: Image) -> None:
    library.annotated_images(client, model.id, "other.png")
    say(client, photo, "rejected", "Thread missing")
    for sort in ("", "&sort=name", "&sort=newest"):
        page = client.get(f"/models/{model.id}/images?reviewed=rejected{sort}").text
        assert "new.png" in page and "other.png" not in page and "Labels rejected" in page


def test_a_viewer_reads_both_and_changes_neither(client: FlaskClient, photo: Image) -> None:
    sign_in(client, Role.VIEWER)
    for what in ("history", "review", "versions/1"):
        assert client.get(address(photo, what)).status_code == HTTPStatus.OK
    for what in ("restore", "review"):
        assert client.post(address(photo, what), data={"version": "1"}).status_code == HTTPStatus.FORBIDDEN
