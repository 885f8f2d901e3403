"""The tables that triggers keep beside the photos, so that pages are found without looking at all photos."""

from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import delete, select, text, update

from tests.images.seeded import add_photo
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, ImageCategory, ImageName, Review, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    model = detection_models.create_model("Screws", "", administrator)
    add_photo(model, "a.jpg", labelled=True, category_ids=[5, 3])
    add_photo(model, "b.jpg")
    db.session.commit()
    return model


def kept() -> set[tuple[Any, ...]]:
    columns = (ImageCategory.filename, ImageCategory.category_id, ImageCategory.split, ImageCategory.review)
    return {tuple(row) for row in db.session.execute(select(*columns))}


def change(photo: str, /, **values: Any) -> None:
    db.session.execute(update(Image).where(Image.filename == photo).values(**values))


def test_a_new_photo_brings_its_name_and_categories(model: DetectionModel) -> None:
    assert kept() == {("a.jpg", 5, Split.TRAIN, Review.OPEN), ("a.jpg", 3, Split.TRAIN, Review.OPEN)}
    assert set(db.session.scalars(select(ImageName.filename))) == {"a.jpg", "b.jpg"}


def test_categories_come_and_go_with_the_labels(model: DetectionModel) -> None:
    change("a.jpg", category_ids=[3, 4])
    change("b.jpg", category_ids=[3])
    assert {row[:2] for row in kept()} == {("a.jpg", 3), ("a.jpg", 4), ("b.jpg", 3)}


def test_a_move_a_review_and_a_new_name_are_followed(model: DetectionModel) -> None:
    change("a.jpg", split=Split.TEST, review=Review.REVIEWED, filename="c.jpg")
    assert kept() == {("c.jpg", 5, Split.TEST, Review.REVIEWED), ("c.jpg", 3, Split.TEST, Review.REVIEWED)}
    assert set(db.session.scalars(select(ImageName.filename))) == {"c.jpg", "b.jpg"}


def test_a_photo_that_goes_leaves_nothing(model: DetectionModel) -> None:
    db.session.execute(delete(Image).where(Image.filename == "a.jpg"))
    assert kept() == set()
    db.session.delete(model)
    db.session.commit()
    assert db.session.scalars(select(ImageName)).all() == []


def test_a_name_is_indexed_by_its_characters_and_pairs_of_this_model(model: DetectionModel) -> None:
    grams = db.session.execute(text("SELECT photo_name_grams(7, 'Ab缺', 1)")).scalar_one()
    assert sorted(grams) == ["7:a", "7:ab", "7:b", "7:b缺", "7:缺"]
    assert db.session.execute(text("SELECT photo_name_grams(7, 'Ab', 2)")).scalar_one() == ["7:ab"]
