"""Folds: every labelled photo in one, groups and parts whole, each category in each, and the table of them."""

import csv
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders.runs import text_of
from tests.images.seeded import add_photo
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.splits import folds, parts
from webapp.models import Category, DetectionModel, Image, NearDuplicate, User
from webapp.projects import detection_models


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def add(model: DetectionModel, count: int, **columns: object) -> list[Image]:
    start = db.session.query(Image).count()
    values = {"labelled": True} | columns
    images = [add_photo(model, f"p{n // 3:02}_{n:03}.jpg", **values) for n in range(start, start + count)]
    db.session.commit()
    return images


def build(model: DetectionModel, count: int, seed: int = 1) -> folds.Folds:
    return folds.build(model, count, seed, together=True, by_part=True)


def test_every_labelled_photo_is_in_one_fold_of_about_the_same_size(model: DetectionModel) -> None:
    rare = Category(model_id=model.id, name="rare", color="#112233", position=0)
    db.session.add(rare)
    db.session.flush()
    add(model, 45)
    add(model, 5, category_ids=[rare.id])
    add(model, 3, labelled=False)
    found = build(model, 5)
    assert len(found.fold_of) == 50
    assert max(found.photos) - min(found.photos) <= 1
    assert [(one.name, photos) for one, photos in found.categories] == [("rare", [1] * 5)]
    assert build(model, 5).fold_of == found.fold_of
    assert build(model, 5, seed=2).fold_of != found.fold_of


def test_groups_and_parts_stay_whole(model: DetectionModel) -> None:
    images = add(model, 30)
    parts.from_names(model, "^(p[0-9]+)_")
    db.session.add(
        NearDuplicate(first_id=images[0].id, second_id=images[29].id, model_id=model.id, distance=0)
    )
    db.session.commit()
    found = build(model, 4)
    for start in range(0, 30, 3):
        assert len({found.fold_of[image.id] for image in images[start : start + 3]}) == 1
    assert found.fold_of[images[0].id] == found.fold_of[images[29].id]
    assert found.largest_group == 6


@pytest.mark.parametrize(("count", "field"), [(1, "folds"), (21, "folds"), (5, "folds")])
def test_what_cannot_be_divided_is_refused(model: DetectionModel, count: int, field: str) -> None:
    add(model, 4)
    with pytest.raises(UserError) as refused:
        build(model, count)
    assert refused.value.field == field


def test_the_page_shows_the_counts_and_gives_the_table(client: FlaskClient, model: DetectionModel) -> None:
    images = add(model, 12)
    url = f"/models/{model.id}/folds"
    assert "Fold 1" not in text_of(client.get(url))
    page = text_of(client.get(f"{url}?folds=3&seed=1"))
    assert "12 labelled photos" in page
    assert "Fold 3" in page
    sent = client.get(f"{url}.csv?folds=3&seed=1")
    rows = list(csv.DictReader(sent.get_data().decode("utf-8-sig").splitlines()))
    assert {row["filename"] for row in rows} == {image.filename for image in images}
    assert {row["fold"] for row in rows} == {"1", "2", "3"}
    for wrong in ("folds=x&seed=1", "folds=3&seed=-1"):
        answer = client.get(f"{url}?{wrong}")
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "field-error" in answer.text
