"""Doubled labels of a model: looked for, removed, brought back."""

import io
from collections.abc import Iterator

import pytest
from flask_babel import force_locale
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.builders.library import all_images, photo
from webapp.annotations import doubles, history, store
from webapp.annotations.store import ImageAnnotations
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.coco.shape import make_shape
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import Annotation, DetectionModel, Image, LabelSource, LibraryRun, Split, User
from webapp.projects import detection_models

SQUARE = [10.0, 10.0, 40.0, 10.0, 40.0, 40.0, 10.0, 40.0]
AGAIN = [40.0, 10.0, 40.0, 40.0, 10.0, 40.0, 10.0, 10.0]
OTHER = [50.0, 10.0, 70.0, 10.0, 70.0, 40.0]


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> Iterator[DetectionModel]:
    """Two photos: one whose object is labelled twice and has another beside it, one that is in order."""
    with force_locale("en"):
        found = detection_models.create_model("Screws", "", administrator)
        for shade, name in enumerate(("a.png", "b.png")):
            image_intake.add_images(found, Split.TRAIN, [Upload(name, io.BytesIO(photo(shade)))])
        shapes = [[("fig", SQUARE), ("fig", OTHER), ("fig", AGAIN)], [("fig", SQUARE), ("nut", AGAIN)]]
        labels = [
            ImageAnnotations(image.id, [make_shape(category, [polygon]) for category, polygon in of_photo])
            for image, of_photo in zip(all_images(found), shapes, strict=True)
        ]
        store.write(found, labels, source=LabelSource.IMPORT, user=None)
        db.session.commit()
        yield found


def polygons(image: Image) -> list[list[float]]:
    rows = db.session.scalars(
        select(Annotation).where(Annotation.image_id == image.id).order_by(Annotation.id)
    )
    return [row.segmentation[0] for row in rows]


def result_of(run: LibraryRun) -> dict[str, object]:
    return run.result or {}


def test_they_are_found_and_nothing_changes(model: DetectionModel, administrator: User) -> None:
    first, _second = all_images(model)
    found = result_of(doubles.start(model, administrator))
    assert found == {
        "photos": 1,
        "labels": 1,
        "examples": [{"id": first.id, "filename": "a.png", "labels": 1}],
    }
    assert polygons(first) == [SQUARE, OTHER, AGAIN]


def test_one_of_each_is_kept_and_undo_brings_the_others_back(
    model: DetectionModel, administrator: User
) -> None:
    first, second = all_images(model)
    run = doubles.start(model, administrator, remove=True)
    assert (result_of(run)["photos"], result_of(run)["labels"]) == (1, 1)
    assert (polygons(first), polygons(second)) == ([SQUARE, OTHER], [SQUARE, AGAIN])
    db.session.refresh(first)
    newest = history.versions_of(first)[0]
    assert (newest.source, newest.shapes, newest.user_id) == (LabelSource.DOUBLES, 2, administrator.id)
    assert result_of(doubles.start_undo(run, administrator)) == {"restored": 1}
    assert polygons(first) == [SQUARE, OTHER, AGAIN]
    assert result_of(doubles.start_undo(run, administrator)) == {"restored": 0}, "once"


def test_undo_leaves_what_was_changed_since(model: DetectionModel, administrator: User) -> None:
    first, _second = all_images(model)
    run = doubles.start(model, administrator, remove=True)
    db.session.refresh(first)
    store.keep(
        first,
        [make_shape("fig", [OTHER])],
        False,
        first.annotations_version,
        source=LabelSource.API,
        user=administrator,
    )
    assert result_of(doubles.start_undo(run, administrator)) == {"restored": 0}
    assert polygons(first) == [OTHER]
    look = doubles.start(model, administrator)
    with pytest.raises(UserError):
        doubles.start_undo(look, administrator)


def test_many_labels_are_left_to_the_worker(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    monkeypatch.setattr(doubles, "AT_ONCE", 1)
    monkeypatch.setattr(doubles, "BATCH", 1)
    run = doubles.start(model, administrator)
    assert doubles.start(model, administrator, remove=True).id == run.id, "one at a time"
    task_library.carry_out_run(run.id)
    db.session.expire_all()
    assert (result_of(run)["labels"], run.done) == (1, 2)
