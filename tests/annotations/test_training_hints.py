"""What the counts of labels say about a training."""

import pytest
from flask.testing import FlaskClient

from tests.builders.runs import model_with_photos, text_of
from webapp.annotations import category_statistics, training_hints
from webapp.annotations.training_hints import TrainingHints
from webapp.core.extensions import db
from webapp.models import Annotation, DetectionModel, Image, NearDuplicate, Split, User


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    """Each photo shows a fig and a date, both of medium size."""
    return model_with_photos(administrator, train=6, validation=5, test=3)


def hints(model: DetectionModel) -> TrainingHints:
    return training_hints.of_model(model, category_statistics.of_model(model))


def images(model: DetectionModel, split: Split) -> list[Image]:
    return list(
        db.session.scalars(db.select(Image).filter_by(model_id=model.id, split=split).order_by(Image.id))
    )


def test_a_category_that_few_photos_judge_is_named(client: FlaskClient, model: DetectionModel) -> None:
    assert [(one.name, one.split, one.photos) for one in hints(model).few] == [
        ("fig", Split.TEST, 3),
        ("date", Split.TEST, 3),
    ]
    page = text_of(client.get(f"/models/{model.id}/statistics"))
    assert "3 photos of fig for the test: its AP will jump from run to run." in page


def test_small_objects_advise_windows(client: FlaskClient, model: DetectionModel) -> None:
    assert hints(model).small == []
    train = [image.id for image in images(model, Split.TRAIN)]
    fig = db.session.scalars(db.select(Annotation.category_id).filter_by(image_id=train[0])).first()
    small = db.select(Annotation).where(Annotation.image_id.in_(train[:4]), Annotation.category_id == fig)
    for annotation in db.session.scalars(small):
        annotation.area = 900
    for image in images(model, Split.TRAIN)[:4]:
        image.annotations_version += 1
    db.session.commit()
    assert [(one.small, one.labels) for one in hints(model).small] == [(4, 6)]
    page = text_of(client.get(f"/models/{model.id}/statistics"))
    assert "4 of 6 labels of fig for training are under 32 px" in page


@pytest.mark.parametrize(
    ("columns", "differs"),
    [
        ({"reasons": ["copy"], "orientation": 0}, True),
        ({"reasons": ["look"], "orientation": 0, "distance": 1}, True),
        ({"reasons": ["look"], "orientation": 1}, False),  # turned: its labels stand elsewhere
        ({"reasons": ["name"]}, False),
        ({"reasons": ["copy"], "kept_apart": True}, False),
    ],
)
def test_labels_of_the_same_picture_that_differ_are_named(
    client: FlaskClient, model: DetectionModel, columns: dict[str, object], differs: bool
) -> None:
    one, other = images(model, Split.TRAIN)[:2]
    pair = NearDuplicate(
        **({"distance": 0} | columns), first_id=one.id, second_id=other.id, model_id=model.id
    )
    db.session.add(pair)
    db.session.commit()
    assert hints(model).differing == []
    db.session.delete(db.session.scalars(db.select(Annotation).filter_by(image_id=other.id)).first())
    db.session.commit()
    found = hints(model)
    assert found.differing_total == int(differs)
    if differs:
        (only,) = found.differing
        assert (only.first, only.second, only.here, only.there) == (one.filename, other.filename, 1, 0)
        page = text_of(client.get(f"/models/{model.id}/statistics"))
        assert "The same picture is labelled differently in 1 place:" in page
