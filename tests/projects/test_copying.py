"""Copying a model as the start for the next product."""

from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.builders.runs import all_models
from tests.images.seeded import add_photo
from tests.images.test_trash import labelled_photo
from webapp.annotations import categories
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.models import (
    Annotation,
    Category,
    DetectionModel,
    Image,
    LibraryRun,
    Review,
    RunStatus,
    Split,
    User,
)
from webapp.projects import copying as model_copying
from webapp.projects import detection_models
from webapp.projects import trash as model_trash
from webapp.runs import library_runs
from webapp.training import runs as training_runs


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    model = detection_models.create_model("Screw", "of steel", administrator)
    training_runs.save_defaults(model, {"iterations": 77})
    labelled_photo(model, "a.png", "fig", "nut", "fig", split=Split.TEST, review=Review.REVIEWED)
    add_photo(model, "empty.png", labelled=True, no_object=True)
    add_photo(model, "open.png", day=4, split=Split.VALIDATION)
    db.session.commit()
    return model


def photos_of(model: DetectionModel) -> list[dict[str, Any]]:
    """Everything that a copy must keep, the categories by their names."""
    db.session.expire_all()
    names = {category.id: category.name for category in categories.list_categories(model)}
    images = db.session.scalars(select(Image).where(Image.model_id == model.id).order_by(Image.id))
    kept = [c.name for c in Image.__table__.columns if c.name not in ("id", "model_id", "category_ids")]
    shapes = [c.name for c in Annotation.__table__.columns if c.name not in ("id", "image_id", "category_id")]
    return [
        {name: getattr(image, name) for name in kept}
        | {"categories": sorted(names[number] for number in image.category_ids)}
        | {
            "shapes": [
                {name: getattr(shape, name) for name in shapes} | {"category": names[shape.category_id]}
                for shape in db.session.scalars(
                    select(Annotation).where(Annotation.image_id == image.id).order_by(Annotation.id)
                )
            ]
        }
        for image in images
    ]


def carry_out(run: LibraryRun | None, app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> LibraryRun:
    """As the io worker does, in this process."""
    assert run is not None
    monkeypatch.setattr(run_job, "application", lambda: app)
    task_library.carry_out_run(run.id)
    db.session.expire_all()
    return run


def test_settings_and_categories_come_at_once(model: DetectionModel, administrator: User) -> None:
    model.suppress_mask_iou, model.suppress_across_categories = None, True
    model.thresholds = {"scratch": 0.7}
    copy, run = model_copying.copy_model(model, "  Short  screw ", False, administrator)
    assert run is None
    assert (copy.name, copy.description, copy.training_defaults) == (
        "Short screw",
        "of steel",
        model.training_defaults,
    )
    assert (copy.suppress_mask_iou, copy.suppress_across_categories) == (None, True)
    assert copy.thresholds == {"scratch": 0.7}
    of_source, of_copy = categories.list_categories(model), categories.list_categories(copy)
    assert [(c.name, c.color, c.position) for c in of_copy] == [
        (c.name, c.color, c.position) for c in of_source
    ]
    assert {c.id for c in of_copy}.isdisjoint(c.id for c in of_source)
    assert photos_of(copy) == []


def test_a_name_that_is_taken_copies_nothing(model: DetectionModel, administrator: User) -> None:
    with pytest.raises(UserError) as refused:
        model_copying.copy_model(model, "SCREW", True, administrator)
    assert (refused.value.code, refused.value.field) == ("name_taken", "name")
    db.session.rollback()
    assert db.session.scalar(select(LibraryRun)) is None
    assert len(all_models()) == 1


@pytest.mark.parametrize("batch", [1, 2, 2_000])
def test_photos_come_with_their_labels_and_marks(
    model: DetectionModel,
    administrator: User,
    clean_app: OpenAPI,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr(image_moves, "BATCH", batch)
    before = photos_of(model)
    copy, started = model_copying.copy_model(model, "Copy", True, administrator)
    run = carry_out(started, clean_app, monkeypatch)
    assert (run.status, run.done, run.total) == (RunStatus.COMPLETED, 3, 3)
    assert run.result == {"source": "Screw", "photos": 3, "there_already": 0}
    assert photos_of(copy) == photos_of(model) == before
    assert detection_models.summary(copy).counts == detection_models.summary(model).counts


def test_a_category_that_came_after_the_copy_was_made_comes_with_its_labels(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, run = model_copying.copy_model(model, "Copy", True, administrator)
    labelled_photo(model, "late.png", "scratch")
    carry_out(run, clean_app, monkeypatch)
    assert photos_of(copy) == photos_of(model)
    assert [category.name for category in categories.list_categories(copy)] == ["fig", "nut", "scratch"]


def test_a_photo_that_the_copy_has_meanwhile_is_kept_and_counted(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, started = model_copying.copy_model(model, "Copy", True, administrator)
    same = db.session.scalars(select(Image).where(Image.filename == "a.png")).one()
    db.session.add(Image(model_id=copy.id, sha256=same.sha256, filename="mine.png", split=Split.TRAIN))
    db.session.commit()
    run = carry_out(started, clean_app, monkeypatch)
    assert run.result == {"source": "Screw", "photos": 2, "there_already": 1}
    assert {photo["filename"] for photo in photos_of(copy)} == {"mine.png", "empty.png", "open.png"}
    assert (
        db.session.scalar(
            select(Annotation).join(Image, Image.id == Annotation.image_id).where(Image.model_id == copy.id)
        )
        is None
    )


def test_a_stopped_copy_has_no_photos(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_moves, "BATCH", 1)
    copy, started = model_copying.copy_model(model, "Copy", True, administrator)
    assert started is not None
    progress = library_runs.progress

    def stop_after_two(run_id: int, done: int, total: int | None = None) -> None:
        if done == 2:
            with clean_app.app_context():
                library_runs.request_stop(db.session.get_one(LibraryRun, run_id))
        progress(run_id, done, total)

    monkeypatch.setattr(library_runs, "progress", stop_after_two)
    run = carry_out(started, clean_app, monkeypatch)
    assert (run.status, run.done) == (RunStatus.STOPPED, 2)
    assert photos_of(copy) == []
    assert detection_models.summary(copy).images_count == 0
    assert db.session.scalar(select(Category.id).where(Category.model_id == copy.id)) is not None


def test_the_original_is_kept_from_deletion_while_it_is_copied(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, run = model_copying.copy_model(model, "Copy", True, administrator)
    for busy in (model, copy):
        with pytest.raises(UserError) as refused:
            model_trash.delete_model(busy, busy.name, administrator)
        assert refused.value.code == "model_busy"
        db.session.rollback()
    carry_out(run, clean_app, monkeypatch)
    model_trash.delete_model(model, "Screw", administrator)
    assert [one.name for one in all_models()] == ["Copy"]
    assert len(photos_of(copy)) == 3


def test_an_original_that_is_gone_is_said_so(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy, started = model_copying.copy_model(model, "Copy", True, administrator)
    db.session.refresh(model)
    model.deleted_at = model.created_at
    db.session.commit()
    run = carry_out(started, clean_app, monkeypatch)
    assert run.status == RunStatus.FAILED
    assert run.error is not None and run.error["code"] == "not_found"
