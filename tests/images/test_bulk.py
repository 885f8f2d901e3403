"""Many photos at once: by the worker, in steps that are kept, with those that were there at the press."""

from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select, update

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.images.seeded import add_photo
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import bulk as image_bulk
from webapp.images import moves as image_moves
from webapp.images import undo as image_undo
from webapp.images.browsing.queries import ImageQuery
from webapp.images.bulk import ImageChoice
from webapp.images.moves import Moved
from webapp.images.restore import Restored
from webapp.images.similar import groups
from webapp.images.trash import Deletion
from webapp.models import DetectionModel, Image, LibraryRun, RunStatus, Split, TrashedImage, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.runs import library_runs

TRAIN = ImageChoice(query=ImageQuery(split=Split.TRAIN, name="part", since=now() - timedelta(days=900)))


@pytest.fixture
def model(administrator: User, monkeypatch: pytest.MonkeyPatch) -> DetectionModel:
    """Seven photos, of which five fit; more than three are many, and a step takes two."""
    monkeypatch.setattr(image_bulk, "AT_ONCE", 3)
    monkeypatch.setattr(image_moves, "BATCH", 2)
    model = detection_models.create_model("Screw", "", administrator)
    for number in range(5):
        add_photo(model, f"part{number}.png")
    add_photo(model, "other.png")
    add_photo(model, "part test.png", split=Split.TEST)
    db.session.commit()
    return model


def carry_out(started: object, app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> LibraryRun:
    """As the io worker does, in this process."""
    assert isinstance(started, LibraryRun)
    monkeypatch.setattr(run_job, "application", lambda: app)
    task_library.carry_out_run(started.id)
    db.session.expire_all()
    return started


def in_split(split: Split) -> list[str]:
    db.session.expire_all()
    found = select(Image.filename).where(Image.split == split).order_by(Image.filename)
    return list(db.session.scalars(found))


def test_few_are_done_at_once(model: DetectionModel, administrator: User) -> None:
    ids = [db.session.scalars(select(Image.id).where(Image.filename == "part0.png")).one(), 999]
    moved = image_bulk.move(model, ImageChoice(ids=ids), Split.TEST, administrator)
    assert isinstance(moved, Moved) and moved.count == 1
    deletion = image_bulk.delete(model, ImageChoice(ids=ids), administrator)
    assert isinstance(deletion, Deletion) and deletion.count == 1
    restored = image_bulk.restore(model, administrator, at=deletion.at)
    assert isinstance(restored, Restored) and restored.count == 1
    assert in_split(Split.TEST) == ["part test.png", "part0.png"]


def test_many_move_by_a_run_and_back_by_another(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another photo of the group stays in training.
    groups.join(
        model,
        list(db.session.scalars(select(Image.id).where(Image.filename.in_(["part0.png", "other.png"])))),
    )
    started = image_bulk.move(model, TRAIN, Split.TEST, administrator)
    assert len(in_split(Split.TEST)) == 1
    run = carry_out(started, clean_app, monkeypatch)
    assert (run.status, run.done, run.total) == (RunStatus.COMPLETED, 5, 5)
    assert run.result is not None and (run.result["count"], run.result["split"]) == (5, "test")
    assert run.result["parted"] == 1
    assert in_split(Split.TRAIN) == ["other.png"]
    back = carry_out(image_bulk.undo_move(model, run.result["undo"], administrator), clean_app, monkeypatch)
    assert back.result == {"count": 5, "split": None, "undo": None, "parted": 0}
    assert in_split(Split.TEST) == ["part test.png"]


def test_many_are_deleted_by_a_run_and_restored_by_another(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = carry_out(image_bulk.delete(model, TRAIN, administrator), clean_app, monkeypatch)
    assert run.result is not None and run.result["count"] == 5
    trashed = db.session.scalars(select(TrashedImage)).all()
    assert {(t.deleted_at.isoformat(), t.deleted_by_id) for t in trashed} == {
        (run.result["at"], administrator.id)
    }
    back = carry_out(image_bulk.restore(model, administrator), clean_app, monkeypatch)
    assert back.result is not None and (back.result["count"], back.result["there_again"]) == (5, 0)
    assert len(in_split(Split.TRAIN)) == 6


def test_a_run_that_is_stopped_keeps_its_steps(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = image_bulk.delete(model, TRAIN, administrator)
    progress = library_runs.progress

    def stop_at_the_second(run_id: int, done: int, total: int | None = None) -> None:
        if done == 2:
            db.session.execute(update(LibraryRun).values(stop_requested_at=now()))
            db.session.commit()
        progress(run_id, done, total)

    monkeypatch.setattr(library_runs, "progress", stop_at_the_second)
    run = carry_out(started, clean_app, monkeypatch)
    assert run.status == RunStatus.STOPPED
    assert run.result is not None and run.result["count"] == 2
    assert len(in_split(Split.TRAIN)) == 4
    assert len(db.session.scalars(select(TrashedImage.id)).all()) == 2


def test_photos_that_came_after_the_press_are_not_meant(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = image_bulk.delete(model, TRAIN, administrator)
    add_photo(model, "part late.png").created_at = now() + timedelta(seconds=1)
    db.session.commit()
    carry_out(started, clean_app, monkeypatch)
    assert in_split(Split.TRAIN) == ["other.png", "part late.png"]


def test_an_undo_that_is_not_known_any_more_says_so(model: DetectionModel, administrator: User) -> None:
    with pytest.raises(UserError) as refused:
        image_bulk.undo_move(model, "gone", administrator)
    assert refused.value.status == 409


def test_an_undo_of_another_model_does_nothing(model: DetectionModel, administrator: User) -> None:
    image = db.session.scalars(select(Image)).first()
    assert image is not None
    name = image_undo.remember(model, Moved({Split.TEST: [image.id]}))
    other = detection_models.create_model("Axle", "", administrator)
    assert name is not None
    with pytest.raises(UserError):
        image_bulk.undo_move(other, name, administrator)
