"""The labels of the photo before, offered at their places on this one."""

from http import HTTPStatus

import cv2
import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import library
from tests.suggestions.test_registration import part
from webapp.annotations import store
from webapp.annotations.shape_checks import NewShape
from webapp.core.extensions import db
from webapp.formats.masks.rle import encode_mask
from webapp.models import Image, LabelSource, User
from webapp.projects import detection_models

SHIFT = (30, 20)


@pytest.fixture
def photos(client: FlaskClient, administrator: User) -> list[Image]:
    """A part, the same part 30 px further right and 20 px lower, and another part."""
    model = detection_models.create_model("Screw", "", administrator)
    there = np.roll(part(), SHIFT, axis=(1, 0))
    files = {}
    for name, picture in (("a.png", part()), ("b.png", there), ("c.png", part(2))):
        files[name] = cv2.imencode(".png", picture)[1].tobytes()
    library.add_images(client, model.id, files)
    return list(db.session.scalars(db.select(Image).order_by(Image.filename)))


def ask(client: FlaskClient, image: Image, neighbour: Image) -> TestResponse:
    address = f"/models/{image.model_id}/images/{image.id}/from-neighbour/{neighbour.id}"
    return client.post(address)


def test_labels_are_offered_where_the_part_lies_and_nothing_is_stored(
    client: FlaskClient, photos: list[Image]
) -> None:
    mask = np.zeros((400, 600), np.uint8)
    mask[50:90, 60:100] = 1
    shapes = [
        NewShape("nut", None, [200, 100, 80, 60], is_box=True),
        NewShape("nut", [[300, 200, 360, 200, 330, 260]], None),
        NewShape("nut", dict(encode_mask(mask)), None),
        NewShape("nut", None, [590, 10, 10, 10], is_box=True),
    ]
    store.replace(photos[0], shapes, False, 0, source=LabelSource.EDITOR, user=None)
    answer = ask(client, photos[1], photos[0])
    box, polygon, piece = answer.get_json()["shapes"]
    assert box["is_box"]
    assert box["bbox"] == pytest.approx([230, 120, 80, 60], abs=1.5)
    assert sorted(polygon["outline"][0]) == pytest.approx(sorted([330, 220, 390, 220, 360, 280]), abs=1.5)
    assert min(piece["outline"][0][::2]) == pytest.approx(90, abs=1.5)
    db.session.refresh(photos[1])
    assert not photos[1].labelled


def test_photos_that_show_something_else_and_those_without_labels_are_refused(
    client: FlaskClient, photos: list[Image]
) -> None:
    answer = ask(client, photos[1], photos[0])
    assert answer.status_code == HTTPStatus.CONFLICT
    shape = NewShape("nut", None, [200, 100, 80, 60], is_box=True)
    store.replace(photos[0], [shape], False, 0, source=LabelSource.EDITOR, user=None)
    answer = ask(client, photos[2], photos[0])
    assert answer.get_json()["code"] == "not_alike"
