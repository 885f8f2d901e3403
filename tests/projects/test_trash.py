"""Deleting models into the trash, back from it, and for good."""

import hashlib
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from rq import Queue
from sqlalchemy import func, select, text

from jobs.processes import janitor
from jobs.tasks import files as task_files
from tests.builders import library, runs
from tests.builders.runs import all_models, trashed_models
from webapp.core import queues, storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import stored_files
from webapp.images import trash as image_trash
from webapp.models import (
    Annotation,
    DetectionModel,
    Image,
    ImageFile,
    LibraryKind,
    LibraryRun,
    PredictionRun,
    Role,
    RunStatus,
    TrainingRun,
    User,
    Weights,
)
from webapp.models.columns import now
from webapp.prediction import progress as prediction_progress
from webapp.prediction import runs as prediction_runs
from webapp.projects import detection_models
from webapp.projects import purge as model_purge
from webapp.projects import trash as model_trash
from webapp.runs import library_runs
from webapp.training import runs as training_runs


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Ball screw", "", administrator)


def names() -> list[str]:
    return [model.name for model in all_models()]


def refusal(code: str) -> "pytest.RaisesExc[UserError]":
    return pytest.raises(UserError, check=lambda error: error.code == code)


def in_the_past(model: DetectionModel, age: timedelta) -> None:
    model.deleted_at = now() - age
    db.session.commit()


@pytest.mark.parametrize("typed", ["", "  ", "Ball", "ball screw", "Ball screw.", "Ball  screw"])
def test_another_text_than_the_name_deletes_nothing(model: DetectionModel, typed: str) -> None:
    with refusal("confirm_wrong") as refused:
        model_trash.delete_model(model, typed, None)
    assert (refused.value.field, refused.value.status) == ("confirm", 409)
    db.session.rollback()
    assert names() == ["Ball screw"]


def test_a_letter_may_be_typed_in_another_way(administrator: User) -> None:
    model = detection_models.create_model("Caf\u00e9", "", administrator)
    model_trash.delete_model(model, "Cafe\u0301", administrator)
    assert names() == []


def test_a_deleted_model_is_in_the_trash_alone(model: DetectionModel, administrator: User) -> None:
    model_trash.delete_model(model, "Ball screw", administrator)
    assert names() == []
    with refusal("not_found"):
        detection_models.open_model(model.id)
    [trashed] = trashed_models()
    assert (trashed.model.id, trashed.deleted_by, trashed.suggested_name) == (model.id, "Admin", None)
    assert trashed.days_left == 30
    assert model_trash.count(User(role=Role.ADMINISTRATOR)) == 1


def test_a_model_comes_back_with_all_it_had_in_its_old_place(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    detection_models.create_model("Axle", "", administrator)
    library.annotated_images(client, model.id, "a.png", "b.png")
    before = detection_models.summary(model).counts
    model_trash.delete_model(model, "Ball screw", administrator)
    model_trash.restore(model_trash.open_trashed(model.id))
    assert names() == ["Ball screw", "Axle"]
    assert detection_models.summary(model).counts == before
    assert db.session.scalar(select(func.count()).select_from(Annotation)) == 4
    assert (model.deleted_at, model.deleted_by_id) == (None, None)


def test_a_name_in_the_trash_is_free_and_a_taken_one_is_refused_at_the_restore(
    model: DetectionModel, administrator: User
) -> None:
    model_trash.delete_model(model, "Ball screw", administrator)
    detection_models.create_model("BALL screw", "", administrator)
    assert [one.suggested_name for one in trashed_models()] == ["Ball screw (2)"]
    with refusal("name_taken") as refused:
        model_trash.restore(model_trash.open_trashed(model.id))
    assert refused.value.field == "name"
    model_trash.restore(model_trash.open_trashed(model.id), "Ball screw (2)")
    assert names() == ["Ball screw (2)", "BALL screw"]


def test_a_model_that_left_the_trash_cannot_be_restored_from_it(model: DetectionModel) -> None:
    with refusal("not_found"):
        model_trash.open_trashed(model.id)
    in_the_past(model, model_trash.KEPT)
    with refusal("not_found"):
        model_trash.open_trashed(model.id)
    assert trashed_models() == []


def test_a_model_at_work_is_not_deleted(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    training = runs.running_training(model, administrator)
    with refusal("model_busy"):
        model_trash.delete_model(model, "Fruits", administrator)
    db.session.rollback()
    training_runs.fail(training.id, {"code": "unexpected", "params": {}})

    runs.finished_training(model, administrator)
    prediction = runs.prediction(model, administrator, {"a.jpg": runs.photo_file(50)})
    with refusal("model_busy"):
        model_trash.delete_model(model, "Fruits", administrator)
    db.session.rollback()
    prediction_runs.request_stop(prediction)

    export = library_runs.start(model, LibraryKind.EXPORT, {}, administrator)
    with refusal("model_busy"):
        model_trash.delete_model(model, "Fruits", administrator)
    db.session.rollback()
    library_runs.request_stop(export)
    model_trash.delete_model(model, "Fruits", administrator)
    assert names() == []


def test_no_run_starts_in_a_model_that_was_deleted_meanwhile(administrator: User, clean_app: OpenAPI) -> None:
    model = runs.model_with_photos(administrator)
    runs.finished_training(model, administrator)
    seen = db.session.get_one(DetectionModel, model.id)
    with clean_app.app_context():
        model_trash.delete_model(db.session.get_one(DetectionModel, seen.id), "Fruits", None)
    with refusal("not_found"):
        training_runs.start(seen, administrator, {})
    db.session.rollback()
    with refusal("not_found"):
        runs.prediction(seen, administrator, {"a.jpg": runs.photo_file(50)})


def test_a_purged_model_leaves_neither_rows_nor_files(administrator: User, client: FlaskClient) -> None:
    model = runs.model_with_photos(administrator)
    training = runs.finished_training(model, administrator)
    prediction = runs.prediction(model, administrator, {"a.jpg": runs.photo_file(50)})
    prediction_progress.claim(prediction.id)
    runs.predict_next(prediction, ["fig"])
    prediction_runs.fail(prediction.id, {"code": "unexpected", "params": {}})
    first = db.session.scalars(select(Image).order_by(Image.id)).first()
    assert first is not None
    image_trash.delete_images(model, Image.id == first.id, administrator)
    other = detection_models.create_model("Other", "", administrator)
    shared = runs.photo_file(1)
    library.add_images(client, other.id, {"p.jpg": shared})
    library.annotated_images(client, model.id, "imported.png")
    gone = (Annotation, TrainingRun, PredictionRun, Weights, LibraryRun)
    assert all(db.session.scalar(select(func.count()).select_from(table)) for table in gone)
    db.session.execute(text("UPDATE image_file SET created_at = created_at - interval '9 days'"))
    weights = storage.weights_path(f"weights/run-{training.id}.safetensors")
    results, checkpoints = storage.results_dir(prediction.id), storage.checkpoint_dir(training.id)
    assert weights.is_file() and results.is_dir()

    model_trash.delete_model(model, "Fruits", administrator)
    in_the_past(model, model_trash.KEPT)
    assert model_purge.purge() == 1
    stored_files.free_unneeded_files()
    db.session.expire_all()
    assert not weights.exists() and not results.exists()
    assert not checkpoints.exists()
    assert names() == ["Other"]
    left = db.session.scalars(select(ImageFile)).all()
    assert [file.sha256 for file in left] == [hashlib.sha256(shared).hexdigest()]
    assert len(list((storage.data_dir() / "photos").rglob(f"{left[0].sha256}*"))) == 1
    for table in gone:
        assert db.session.scalar(select(func.count()).select_from(table)) == 0, table
    counted = db.session.scalars(text("SELECT DISTINCT model_id FROM image_count")).all()
    assert list(counted) == [other.id]


def test_a_model_younger_in_the_trash_than_thirty_days_stays(model: DetectionModel) -> None:
    in_the_past(model, model_trash.KEPT - timedelta(hours=1))
    assert model_purge.purge() == 0
    assert [one.model.id for one in trashed_models()] == [model.id]
    [trashed] = trashed_models()
    assert trashed.days_left == 1


def test_the_janitor_purges(model: DetectionModel) -> None:
    in_the_past(model, model_trash.KEPT)
    janitor.empty_trash()
    assert db.session.scalar(select(DetectionModel)) is None


def test_deleted_for_good_is_gone_at_once_and_purged_by_a_job(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_trash.delete_model(model, "Ball screw", administrator)
    with refusal("confirm_wrong"):
        model_trash.delete_for_good(model_trash.open_trashed(model.id), "")
    db.session.rollback()
    assert model_trash.count(User(role=Role.ADMINISTRATOR)) == 1
    model_trash.delete_for_good(model_trash.open_trashed(model.id), "Ball screw")
    assert model_trash.count(User(role=Role.ADMINISTRATOR)) == 0
    [job] = Queue(queues.IO, connection=clean_app.extensions["redis"]).jobs
    assert (
        job.func_name == model_trash.PURGE_JOB == f"{task_files.__name__}.{task_files.purge_models.__name__}"
    )
    monkeypatch.setattr(task_files, "application", lambda: clean_app)
    task_files.purge_models()
    db.session.expire_all()
    assert db.session.scalar(select(DetectionModel)) is None


def test_a_run_at_work_keeps_its_model_from_the_purge(model: DetectionModel, administrator: User) -> None:
    run = library_runs.start(model, LibraryKind.EXPORT, {}, administrator)
    in_the_past(model, model_trash.KEPT)
    assert model_purge.purge() == 0
    library_runs.fail(run.id, {"code": "unexpected", "params": {}})
    assert run.status == RunStatus.FAILED
    assert model_purge.purge() == 1
