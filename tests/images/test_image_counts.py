"""The counters that a trigger keeps, so that no page counts rows."""

from flask_openapi3 import OpenAPI
from sqlalchemy import update

from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, ImageFile, Split, User
from webapp.projects import detection_models


def add_images(model: DetectionModel, split: Split, count: int) -> None:
    for number in range(count):
        sha256 = f"{model.id}{split.value}{number}".ljust(64, "0")
        db.session.add(ImageFile(sha256=sha256, suffix=".jpg", width=1, height=1, size=1))
        db.session.flush()
        db.session.add(
            Image(model_id=model.id, sha256=sha256, filename=f"{split.value}{number}.jpg", split=split)
        )
    db.session.commit()


def counts(model: DetectionModel) -> dict[str, int]:
    db.session.expire_all()
    return detection_models.summary(model).counts


def test_the_counters_follow_every_change(clean_app: OpenAPI, administrator: User) -> None:
    model = detection_models.create_model("Screws", "", administrator)
    add_images(model, Split.TRAIN, 3)
    add_images(model, Split.TEST, 1)
    assert counts(model) == {"train": 3, "validation": 0, "test": 1, "unlabelled": 4}
    db.session.execute(update(Image).where(Image.split == Split.TRAIN).values(labelled=True))
    db.session.commit()
    assert counts(model) == {"train": 3, "validation": 0, "test": 1, "unlabelled": 1}
    db.session.execute(update(Image).where(Image.split == Split.TEST).values(split=Split.VALIDATION))
    db.session.query(Image).filter(Image.filename == "train0.jpg").delete()
    db.session.commit()
    assert counts(model) == {"train": 2, "validation": 1, "test": 0, "unlabelled": 1}


def test_a_change_that_is_rolled_back_is_not_counted(clean_app: OpenAPI, administrator: User) -> None:
    model = detection_models.create_model("Screws", "", administrator)
    add_images(model, Split.TRAIN, 2)
    db.session.query(Image).delete()
    db.session.rollback()
    assert counts(model)["train"] == 2


def test_photos_that_go_with_their_model_are_no_obstacle(clean_app: OpenAPI, administrator: User) -> None:
    model = detection_models.create_model("Screws", "", administrator)
    add_images(model, Split.TRAIN, 2)
    db.session.delete(model)
    db.session.commit()
    assert db.session.query(Image).count() == 0
