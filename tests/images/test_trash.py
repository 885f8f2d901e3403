"""Deleting photos into the trash, back from it, and for good."""

from datetime import timedelta
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import delete, select, update

from tests.images.seeded import add_photo
from webapp.annotations import categories
from webapp.core import queues
from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.images import restore as image_restore
from webapp.images import trash as image_trash
from webapp.models import Annotation, Category, DetectionModel, Image, Review, Split, TrashedImage, User
from webapp.models.columns import now
from webapp.projects import detection_models

RLE = {"size": [60, 80], "counts": [600, 100, 4100]}
HOLES = [[10.5, 10.25, 40.0, 10.0, 40.0, 40.123456789, 10.0, 40.0], [1.0, 1.0, 2.0, 1.0, 2.0, 2.0]]


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def labelled_photo(model: DetectionModel, filename: str, *names: str, **columns: Any) -> Image:
    ids = categories.ensure(model, list(names))
    image = add_photo(
        model, filename, labelled=True, category_ids=sorted(ids.values()), annotations_version=3, **columns
    )
    for number, name in enumerate(names):
        db.session.add(
            Annotation(
                image_id=image.id,
                category_id=ids[name],
                segmentation=RLE if number % 2 else HOLES,
                bbox=[10.5, 10.0, 30.0, 30.1],
                area=899.9999999999999,
                iscrowd=bool(number % 2),
                is_box=number == 2,
            )
        )
    db.session.commit()
    return image


def rows(table: Any) -> list[dict[str, Any]]:
    db.session.expire_all()
    columns = table.__table__.columns
    return [dict(row) for row in db.session.execute(select(columns).order_by(table.id)).mappings()]


def names(table: Any = Image) -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(table.filename).order_by(table.filename)))


def delete_all(model: DetectionModel, user: User | None = None) -> image_trash.Deletion:
    return image_trash.delete_images(model, Image.model_id == model.id, user)


def test_deleted_photos_come_back_exactly_as_they_were(model: DetectionModel, administrator: User) -> None:
    first = labelled_photo(
        model, "a.png", "fig", "nut", "fig", split=Split.TEST, review=Review.REJECTED, review_note="「x」"
    )
    add_photo(model, "empty.png", labelled=True, no_object=True)
    add_photo(model, "open.png", day=4)
    kept = labelled_photo(model, "kept.png", "nut")
    before = rows(Image), rows(Annotation)
    deletion = image_trash.delete_images(model, Image.id != kept.id, administrator)
    assert deletion.count == 3
    assert names() == ["kept.png"]
    assert {row["image_id"] for row in rows(Annotation)} == {kept.id}
    trashed = db.session.scalars(select(TrashedImage).order_by(TrashedImage.id)).all()
    assert [(t.filename, t.split.value) for t in trashed] == [
        ("a.png", "test"),
        ("empty.png", "train"),
        ("open.png", "train"),
    ]
    assert {(t.deleted_at, t.deleted_by_id) for t in trashed} == {(deletion.at, administrator.id)}
    restored = image_restore.restore(model, TrashedImage.deleted_at == deletion.at)
    assert (restored.count, restored.renamed, restored.there_again) == (3, [], [])
    assert (rows(Image), rows(Annotation)) == before
    assert rows(TrashedImage) == []
    assert db.session.get_one(Image, first.id).review_note == "「x」"


def test_the_counters_follow(model: DetectionModel) -> None:
    labelled_photo(model, "a.png", "fig")
    add_photo(model, "b.png", split=Split.TEST)
    db.session.commit()
    counts = detection_models.summary(model).counts
    assert counts == {"train": 1, "validation": 0, "test": 1, "unlabelled": 1}
    deletion = delete_all(model)
    assert set(detection_models.summary(model).counts.values()) == {0}
    image_restore.restore(model, TrashedImage.deleted_at == deletion.at)
    assert detection_models.summary(model).counts == counts


def test_other_models_are_not_touched(model: DetectionModel, administrator: User) -> None:
    other = detection_models.create_model("Axle", "", administrator)
    add_photo(model, "a.png")
    strange = add_photo(other, "b.png")
    db.session.commit()
    assert image_trash.delete_images(model, Image.id == strange.id, administrator).count == 0
    delete_all(model)
    assert image_restore.restore(other, TrashedImage.filename == "a.png").count == 0
    assert image_trash.delete_for_good(other, TrashedImage.filename == "a.png") == 0
    assert (names(), names(TrashedImage)) == (["b.png"], ["a.png"])


def test_many_go_and_come_in_several_statements(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_moves, "BATCH", 3)
    for number in range(8):
        labelled_photo(model, f"{number}.png", "fig", "nut")
    before = rows(Image), rows(Annotation)
    delete_all(model)
    assert image_restore.restore(model, TrashedImage.model_id == model.id).count == 8
    assert (rows(Image), rows(Annotation)) == before


def test_a_photo_that_was_added_again_stays_in_the_trash(model: DetectionModel) -> None:
    add_photo(model, "a.png")
    old = labelled_photo(model, "b.png", "fig")
    sha256 = old.sha256
    delete_all(model)
    db.session.add(Image(model_id=model.id, sha256=sha256, filename="again.png", split=Split.TEST))
    db.session.commit()
    restored = image_restore.restore(model, TrashedImage.model_id == model.id)
    assert (restored.count, restored.there_again) == (1, ["b.png"])
    assert (names(), names(TrashedImage)) == (["a.png", "again.png"], ["b.png"])


def test_of_the_same_photo_twice_in_the_trash_the_last_one_comes_back(model: DetectionModel) -> None:
    sha256 = add_photo(model, "first.png").sha256
    delete_all(model)
    db.session.add(Image(model_id=model.id, sha256=sha256, filename="last.png", split=Split.TRAIN))
    db.session.commit()
    delete_all(model)
    restored = image_restore.restore(model, TrashedImage.model_id == model.id)
    assert (names(), restored.there_again) == (["last.png"], ["first.png"])


def test_a_name_that_is_taken_meanwhile_gets_a_number(model: DetectionModel) -> None:
    long = "x" * 196 + ".png"
    for name in ("a.png", long):
        add_photo(model, name)
    delete_all(model)
    for name in ("a.png", "a (2).png", long):
        other = add_photo(model, f"other than {name[-20:]}")
        other.filename = name
    db.session.commit()
    restored = image_restore.restore(model, TrashedImage.model_id == model.id)
    assert restored.count == 2
    assert dict(restored.renamed) == {"a.png": "a (3).png", long: "x" * 180 + " (2).png"}
    assert "a (3).png" in names()


def test_a_label_of_a_category_that_went_gets_the_one_of_its_name(model: DetectionModel) -> None:
    labelled_photo(model, "a.png", "fig", "nut")
    delete_all(model)
    gone = db.session.scalars(select(Category.id).where(Category.name == "fig")).one()
    db.session.execute(delete(Category).where(Category.id == gone))
    db.session.commit()
    image_restore.restore(model, TrashedImage.model_id == model.id)
    labels = db.session.scalars(select(Annotation).order_by(Annotation.id)).all()
    assert [label.category.name for label in labels] == ["fig", "nut"]
    assert labels[0].category_id != gone
    image = db.session.scalars(select(Image)).one()
    assert sorted(image.category_ids) == sorted(label.category_id for label in labels)


def test_the_trash_is_read_in_pages_the_last_deleted_first(model: DetectionModel) -> None:
    for name in ("a.png", "b.png", "c.png"):
        add_photo(model, name)
    db.session.commit()
    image_trash.delete_images(model, Image.filename == "b.png", None)
    delete_all(model)
    first = image_trash.list_trashed(model, limit=2)
    assert [trashed.filename for trashed in first] == ["c.png", "a.png"]
    rest = image_trash.list_trashed(model, after=(first[-1].deleted_at, first[-1].id))
    assert [trashed.filename for trashed in rest] == ["b.png"]


def test_what_is_deleted_for_good_asks_for_its_files(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(queues, "enqueue", lambda queue, function: asked.append(function))
    add_photo(model, "a.png")
    add_photo(model, "b.png")
    delete_all(model)
    assert image_trash.delete_for_good(model, TrashedImage.filename == "a.png") == 1
    assert names(TrashedImage) == ["b.png"]
    assert asked == ["jobs.tasks.files.free_unneeded_files"]


def test_after_thirty_days_the_trash_is_emptied(clean_app: OpenAPI, model: DetectionModel) -> None:
    for name in ("old.png", "young.png"):
        add_photo(model, name)
    delete_all(model)
    for name, days in (("old.png", 30.1), ("young.png", 29.9)):
        moved = update(TrashedImage).where(TrashedImage.filename == name)
        db.session.execute(moved.values(deleted_at=now() - timedelta(days=days)))
    db.session.commit()
    assert image_trash.purge() == 1
    assert names(TrashedImage) == ["young.png"]
