"""Comments on places of a photo: said, answered, settled, and kept while the photo is in the trash."""

from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import sign_in, text_of
from webapp.core.extensions import db
from webapp.images import trash
from webapp.models import Comment, Image, Role, User
from webapp.projects import detection_models


@pytest.fixture
def photo(client: FlaskClient, administrator: User) -> Image:
    """A photo of 80 x 60 pixels."""
    model = detection_models.create_model("Screw", "", administrator)
    library.add_images(client, model.id, {"new.png": library.photo(77)})
    return db.session.scalars(db.select(Image)).one()


def address(photo: Image) -> str:
    return f"/models/{photo.model_id}/images/{photo.id}/comments"


def say(client: FlaskClient, photo: Image, text: str, **fields: object) -> str:
    answer = client.post(
        address(photo), data={"text": text, "x": "10.5", "y": 20, **fields}, headers=library.HTMX
    )
    assert answer.status_code == HTTPStatus.OK, answer.text
    return text_of(answer)


def test_a_comment_is_said_answered_and_settled(client: FlaskClient, photo: Image) -> None:
    said = say(client, photo, "Is this a\nscratch?")
    assert "scratch?" in said and 'data-x="10.5" data-y="20.0"' in client.get(address(photo)).text
    comment = db.session.scalars(db.select(Comment)).one()
    assert "Yes, it is." in say(client, photo, "Yes, it is.", answer_to=comment.id)
    state = f"{address(photo)}/state"
    page = client.post(state, data={"comment": comment.id, "resolved": "yes"}).text
    assert "data-resolved" in page
    say(client, photo, "No, look again.", answer_to=comment.id)
    assert "data-resolved" not in client.get(address(photo)).text, "an answer opens it again"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": " ", "x": 1, "y": 1}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"text": "a", "x": 81, "y": 1}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"text": "a", "x": "nan", "y": 1}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"text": "a"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"text": "a" * 1001, "x": 1, "y": 1}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"text": "a", "answer_to": 99}, HTTPStatus.NOT_FOUND),
        ({"text": "a", "answer_to": "x"}, HTTPStatus.NOT_FOUND),
    ],
)
def test_what_says_nothing_or_lies_nowhere_is_refused(
    client: FlaskClient, photo: Image, fields: dict[str, object], status: HTTPStatus
) -> None:
    answer = client.post(address(photo), data=fields, headers=library.HTMX)
    assert answer.status_code == status
    assert "field-error" in answer.text
    assert db.session.scalars(db.select(Comment)).all() == []


def test_comments_wait_in_the_trash_and_go_with_the_photo(
    client: FlaskClient, photo: Image, administrator: User
) -> None:
    say(client, photo, "Is this a scratch?")
    model = detection_models.open_model(photo.model_id)
    trash.delete_images(model, Image.id == photo.id, administrator)
    assert len(db.session.scalars(db.select(Comment)).all()) == 1
    trash.delete_for_good(model, db.true())
    assert db.session.scalars(db.select(Comment)).all() == []


def test_a_viewer_reads_and_says_nothing(client: FlaskClient, photo: Image) -> None:
    say(client, photo, "Is this a scratch?")
    sign_in(client, Role.VIEWER)
    page = client.get(address(photo)).text
    assert "Is this a scratch?" in page and "<form" not in page
    assert client.post(address(photo), data={"text": "a", "x": 1, "y": 1}).status_code == HTTPStatus.FORBIDDEN
