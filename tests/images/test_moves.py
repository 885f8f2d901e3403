"""Moving photos between the splits."""

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.images.seeded import add_photo
from webapp.annotations import categories
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.coco.document import decompress_document
from webapp.images import moves as image_moves
from webapp.models import Annotation, DatasetVersion, DetectionModel, Image, Split, User
from webapp.projects import detection_models
from webapp.training import dataset_versions


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def splits() -> dict[str, str]:
    db.session.expire_all()
    rows = db.session.execute(select(Image.filename, Image.split))
    return {filename: split.value for filename, split in rows}


def test_photos_move_and_it_is_known_where_they_came_from(model: DetectionModel) -> None:
    a = add_photo(model, "a.png")
    b = add_photo(model, "b.png", split=Split.VALIDATION)
    add_photo(model, "c.png", split=Split.TEST)
    db.session.commit()
    moved = image_moves.move(model, Image.model_id == model.id, Split.TEST)
    assert moved.came_from == {Split.TRAIN: [a.id], Split.VALIDATION: [b.id]}
    assert moved.count == 2
    assert set(splits().values()) == {"test"}
    assert detection_models.summary(model).counts["test"] == 3
    image_moves.arrange(model, moved.came_from)
    assert splits() == {"a.png": "train", "b.png": "validation", "c.png": "test"}


def test_a_plan_is_carried_out_in_several_statements(
    model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_moves, "BATCH", 2)
    ids = [add_photo(model, f"{n}.png").id for n in range(7)]
    db.session.commit()
    moved = image_moves.arrange(model, {Split.TEST: ids[::2], Split.VALIDATION: ids[1::2]})
    assert moved.count == 7
    assert list(splits().values()).count("test") == 4


def test_photos_of_another_model_do_not_move(model: DetectionModel, administrator: User) -> None:
    other = detection_models.create_model("Axle", "", administrator)
    strange = add_photo(other, "a.png")
    db.session.commit()
    assert image_moves.arrange(model, {Split.TEST: [strange.id, 999]}).count == 0
    assert splits() == {"a.png": "train"}


def test_a_dataset_version_keeps_the_split_it_saw(clean_app: OpenAPI, model: DetectionModel) -> None:
    image = add_photo(model, "a.png", labelled=True)
    category = categories.ensure(model, ["fig"])["fig"]
    square = [[10.0, 10.0, 40.0, 10.0, 40.0, 40.0]]
    db.session.add(
        Annotation(
            image_id=image.id, category_id=category, segmentation=square, bbox=[10, 10, 30, 30], area=450
        )
    )
    path = storage.image_path(image.sha256, ".jpg")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    db.session.commit()
    version = dataset_versions.freeze(model, {Split.VALIDATION, Split.TEST})
    db.session.commit()
    kept = (version.hash, version.document)
    image_moves.move(model, Image.id == image.id, Split.TEST)
    db.session.expire_all()
    version = db.session.scalars(select(DatasetVersion)).one()
    assert (version.hash, version.document) == kept
    assert decompress_document(version.document)["images"][0]["split"] == "train"
