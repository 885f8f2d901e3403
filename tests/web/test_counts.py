"""A number of photos is the same on every page that tells it."""

import re

from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import text_of
from webapp.core.extensions import db
from webapp.models import ImageCount, User
from webapp.projects import detection_models

_SENTENCES = re.compile(r">\s*([\d,]+) (?:unlabelled|to label)\b|: ([\d,]+) to label")


def test_photos_without_labels_are_as_many_in_the_steps_as_everywhere_else(
    client: FlaskClient, administrator: User
) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    library.annotated_images(client, model.id, "a.png", "b.png")
    for split, shades in (("train", range(10, 20)), ("validation", range(20, 24)), ("test", range(24, 27))):
        photos = {f"{shade}.png": library.photo(shade) for shade in shades}
        library.add_images(client, model.id, photos, split)
    # One is deleted, and one says that there is nothing on it: neither waits for labels.
    first, second = [one for one in library.all_images(model) if not one.labelled][:2]
    client.post(f"/models/{model.id}/images/delete", data={"ids": first.id})
    saved = {"version": second.annotations_version, "shapes": [], "no_object": True}
    assert client.put(f"/models/{model.id}/images/{second.id}/labels", json=saved).status_code == 200
    told = {
        page: {number for pair in _SENTENCES.findall(text_of(client.get(page))) for number in pair if number}
        for page in (
            "/",
            *(f"/models/{model.id}/{name}" for name in ("images", "annotate", "train", "record")),
        )
    }
    assert told == {page: {"15"} for page in told}
    # What the gallery lists without labels is as many.
    listed = sum(
        client.get(f"/models/{model.id}/images?labelled=no&split={split}").text.count(
            'data-state="unlabelled"'
        )
        for split in ("train", "validation", "test")
    )
    assert listed == 15


def test_large_numbers_are_grouped(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    db.session.query(ImageCount).update({"count": 12_345})
    db.session.commit()
    page = text_of(client.get(f"/models/{model.id}/images"))
    assert '<span class="rail-note">12,345</span>' in page
    assert '<span class="rail-note">12,345 unlabelled</span>' in page
    assert '<span class="tab-count">12,345</span>' in page
