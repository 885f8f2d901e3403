"""Which photos came, went, moved or were labelled otherwise between two runs."""

from sqlalchemy import select

from tests.builders import library, runs
from webapp.annotations import store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.images import trash as image_trash
from webapp.models import Image, LabelSource, Split, User
from webapp.training.record import data_changes


def test_each_kind_of_change_names_its_photos(administrator: User) -> None:
    model = runs.model_with_photos(administrator, train=4)
    first = runs.finished_training(model, administrator)
    photos = {image.filename: image for image in db.session.scalars(select(Image))}
    image_trash.delete_images(model, Image.id == photos["p0.jpg"].id, administrator)
    photos["p1.jpg"].split = Split.TEST
    box = ParsedShape("fig", [[1.0, 1.0, 9.0, 1.0, 9.0, 9.0]], bbox=[1.0, 1.0, 8.0, 8.0], area=32.0)
    store.write(
        model, [ImageAnnotations(photos["p2.jpg"].id, [box])], source=LabelSource.IMPORT, user=administrator
    )
    db.session.commit()
    other = runs.finished_training(model, administrator)
    assert data_changes.between(first, other).lists == {
        "went": ["p0.jpg"],
        "moved": ["p1.jpg"],
        "relabelled": ["p2.jpg"],
    }
    assert data_changes.between(other, first).lists["came"] == ["p0.jpg"]
    assert data_changes.between(other, other).lists == {}
    assert library.all_images(model)
