"""Runs in the audit: who started and stopped them, their end, and one row for a bulk action."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.builders.library import add_images, all_images, coco, import_coco, photo
from tests.builders.runs import finished_training, model_with_photos, running_training
from webapp.core.extensions import db
from webapp.images import bulk
from webapp.models import AuditAction, AuditDoor, AuditEntry, AuditKind, LibraryRun, Split, User
from webapp.projects import detection_models
from webapp.runs import library_runs
from webapp.runs import states as run_states
from webapp.training import runs


def rows(*actions: AuditAction) -> list[AuditEntry]:
    statement = select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
    return list(db.session.scalars(statement))


def test_an_import_is_one_row_with_its_photos(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    add_images(client, model.id, {"a.png": photo(1), "b.png": photo(2)})
    import_coco(client, model.id, coco("a.png", "b.png"))
    (row,) = rows(AuditAction.IMPORT)
    ids = [image.id for image in all_images(model)]
    assert (row.object_kind, row.object_ids) == (AuditKind.IMAGE, f"{{[{min(ids)},{max(ids) + 1})}}")
    assert (row.actor_id, row.address, row.door) == (administrator.id, "127.0.0.1", AuditDoor.PAGE)
    assert json.loads(row.after or "")["status"] == "completed"


def test_what_a_worker_does_names_who_asked_and_from_where(
    client: FlaskClient, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    model = detection_models.create_model("Screw", "", administrator)
    add_images(client, model.id, {f"{number}.png": photo(number) for number in range(4)})
    ids = sorted(image.id for image in all_images(model))
    form = {"all": "1", "target": Split.TEST.value}
    client.post(f"/models/{model.id}/images/move?split=train", data=form)
    run = db.session.scalars(select(LibraryRun)).one()
    assert rows(AuditAction.EDIT) == []
    claimed = run_states.claim(LibraryRun, run.id)
    assert claimed is not None
    library_runs.finish(run.id, bulk.carry_out_move(claimed))
    (row,) = rows(AuditAction.EDIT)
    assert (row.number, row.object_ids) == (4, f"{{[{ids[0]},{ids[-1] + 1})}}")
    assert (row.actor_id, row.address, row.door) == (administrator.id, "127.0.0.1", AuditDoor.PAGE)


def test_a_training_from_start_to_end(administrator: User) -> None:
    model = model_with_photos(administrator)
    run = running_training(model, administrator)
    runs.request_stop(run)
    finished_training(model, administrator)
    found = rows(AuditAction.TRAIN, AuditAction.STOP, AuditAction.FINISH, AuditAction.CHOOSE_WEIGHTS)
    assert [(row.action, row.object_id) for row in found if row.object_kind is AuditKind.TRAINING_RUN] == [
        (AuditAction.TRAIN, run.id),
        (AuditAction.STOP, run.id),
        (AuditAction.TRAIN, run.id + 1),
        (AuditAction.FINISH, run.id + 1),
    ]
    assert [row.object_id for row in found if row.action is AuditAction.CHOOSE_WEIGHTS] == [model.id]
    assert "iterations" in json.loads(found[0].after or "")["parameters"]
