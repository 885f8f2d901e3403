"""Which photos a filter means."""

from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select, update

from tests.images.seeded import FIRST_DAY, add_photo
from webapp.core.extensions import db
from webapp.images.browsing.queries import ImageQuery
from webapp.models import Category, DetectionModel, Image, Review, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """Four photos of one model, and one of another that no query may show."""
    model = detection_models.create_model("Screws", "", administrator)
    other = detection_models.create_model("Nuts", "", administrator)
    fig = Category(id=11, model_id=model.id, name="fig", color="#000000", position=0)
    db.session.add(fig)
    db.session.flush()
    add_photo(model, "Front_1.jpg", 0)
    add_photo(model, "front_2.jpg", 1, labelled=True, category_ids=[11], review=Review.REVIEWED)
    add_photo(model, "back 100%.jpg", 2, labelled=True, no_object=True, review=Review.REJECTED)
    add_photo(model, "缺陷_2.jpg", 3, labelled=True, category_ids=[11, 12], split=Split.TEST)
    add_photo(other, "front_9.jpg", 0, labelled=True, category_ids=[11])
    db.session.commit()
    return model


def names(model: DetectionModel, query: ImageQuery) -> list[str]:
    return list(db.session.scalars(select(Image.filename).where(*query.where(model)).order_by(Image.id)))


ALL = ["Front_1.jpg", "front_2.jpg", "back 100%.jpg", "缺陷_2.jpg"]
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ImageQuery(), ALL),
        (ImageQuery(split=Split.TEST), ["缺陷_2.jpg"]),
        (ImageQuery(labelled=False), ["Front_1.jpg"]),
        (ImageQuery(labelled=True, split=Split.TRAIN), ["front_2.jpg", "back 100%.jpg"]),
        (ImageQuery(category=11), ["front_2.jpg", "缺陷_2.jpg"]),
        (ImageQuery(category=99), []),
        (ImageQuery(name="FRONT"), ["Front_1.jpg", "front_2.jpg"]),
        (ImageQuery(name="%"), ["back 100%.jpg"]),
        (ImageQuery(name="_"), ["Front_1.jpg", "front_2.jpg", "缺陷_2.jpg"]),
        (ImageQuery(name="缺"), ["缺陷_2.jpg"]),
        (ImageQuery(since=FIRST_DAY + DAY), ALL[1:]),
        (ImageQuery(until=FIRST_DAY + DAY), ALL[:1]),
        (ImageQuery(since=FIRST_DAY + DAY, until=FIRST_DAY + 3 * DAY), ALL[1:3]),
        (ImageQuery(reviewed=True), ["front_2.jpg"]),
        (ImageQuery(reviewed=False), ["Front_1.jpg", "back 100%.jpg", "缺陷_2.jpg"]),
        (ImageQuery(category=11, name="2", reviewed=False, labelled=True), ["缺陷_2.jpg"]),
    ],
)
def test_a_filter_means_its_photos_of_this_model(
    model: DetectionModel, query: ImageQuery, expected: list[str]
) -> None:
    assert names(model, query) == expected


def test_all_photos_of_a_filter_are_changed_in_one_statement(model: DetectionModel) -> None:
    changed = db.session.execute(
        update(Image)
        .where(*ImageQuery(name="front", split=Split.TRAIN).where(model))
        .values(split=Split.TEST)
    )
    assert changed.rowcount == 2  # type: ignore[attr-defined]
    assert names(model, ImageQuery(split=Split.TEST)) == ["Front_1.jpg", "front_2.jpg", "缺陷_2.jpg"]


def test_a_filter_says_whether_it_leaves_photos_out() -> None:
    assert not ImageQuery(split=Split.TEST).narrows
    for query in (ImageQuery(labelled=False), ImageQuery(name="a"), ImageQuery(until=FIRST_DAY)):
        assert query.narrows
