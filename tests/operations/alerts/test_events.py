"""What becomes a message: ends of runs, a short disk, an old backup; each once."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import url_for
from flask_openapi3 import OpenAPI
from sqlalchemy import update

from tests.builders import runs as builders
from tests.operations.alerts.conftest import RUNS, SetAlerts
from webapp.backups import records
from webapp.backups.records import Backup, BackupReason
from webapp.core.extensions import db
from webapp.models import (
    AlertDelivery,
    AlertEvent,
    DetectionModel,
    LibraryKind,
    LibraryRun,
    RunStatus,
    TrainingRun,
    User,
)
from webapp.models.columns import now
from webapp.operations.alerts import events
from webapp.runs.errors import error_document


def told() -> list[tuple[str, str]]:
    """Event and channel of each message."""
    rows = db.session.query(AlertDelivery).order_by(AlertDelivery.id).all()
    return [(row.event.value, row.channel.value) for row in rows]


def back_up(age: timedelta) -> None:
    made = now() - age
    records.note(Backup(made, Path("/backups/one.tar"), 1000, BackupReason.SCHEDULE, 2.0))


def test_an_end_is_told_once_by_each_channel(
    set_alerts: SetAlerts, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS)
    run = builders.finished_training(model, administrator)
    assert events.look() == 2
    assert events.look() == 0
    assert told() == [("run.ended", "mail"), ("run.ended", "webhook")]
    document = db.session.query(AlertDelivery).first().document  # type: ignore[union-attr]
    assert (document["kind"], document["id"], document["number"]) == ("training", run.id, 1)
    assert (document["model_name"], document["status"], document["error"]) == ("Fruits", "completed", None)


def test_a_run_that_ends_again_after_it_was_resumed_is_told_again(
    set_alerts: SetAlerts, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=RUNS, recipients="")
    run = builders.finished_training(model, administrator)
    events.look()
    failed = {"status": RunStatus.FAILED, "error": error_document("out_of_memory"), "finished_at": now()}
    db.session.execute(update(TrainingRun).where(TrainingRun.id == run.id).values(failed))
    events.look()
    assert told() == [("run.ended", "webhook"), ("run.failed", "webhook")]


def test_what_ended_before_alerts_were_switched_on_is_not_told(
    set_alerts: SetAlerts, model: DetectionModel, administrator: User
) -> None:
    run = builders.finished_training(model, administrator)
    old = now() - timedelta(minutes=5)
    db.session.execute(update(TrainingRun).where(TrainingRun.id == run.id).values(finished_at=old))
    set_alerts(events=RUNS)
    assert events.look() == 0


def test_events_that_are_not_ticked_are_not_told(
    set_alerts: SetAlerts, model: DetectionModel, administrator: User
) -> None:
    set_alerts(events=(AlertEvent.RUN_FAILED,))
    builders.finished_training(model, administrator)
    assert events.look() == 0


@pytest.mark.parametrize(
    ("error", "messages"),
    [
        (error_document("work_killed"), 1),
        ({"code": "refused", "message": "This is no COCO file."}, 0),
    ],
)
def test_an_import_is_told_where_the_machine_failed_and_not_where_its_files_were_wrong(
    set_alerts: SetAlerts,
    model: DetectionModel,
    administrator: User,
    error: dict[str, object],
    messages: int,
) -> None:
    set_alerts(events=RUNS, recipients="")
    db.session.add(
        LibraryRun(
            model_id=model.id,
            kind=LibraryKind.IMPORT,
            parameters={},
            status=RunStatus.FAILED,
            error=error,
            finished_at=now(),
        )
    )
    db.session.commit()
    assert events.look() == messages


def test_a_short_disk_is_told_once_a_day(
    set_alerts: SetAlerts, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_alerts(events=(AlertEvent.DISK_SHORT,), webhook_url="")
    assert events.look() == 0
    settings = clean_app.extensions["settings"]
    monkeypatch.setitem(
        clean_app.extensions, "settings", settings.model_copy(update={"min_free_gb": 10.0**6})
    )
    assert (events.look(), events.look()) == (1, 0)
    db.session.execute(update(AlertDelivery).values(key="disk.short:2026-11-30"))
    assert events.look() == 1


@pytest.mark.parametrize(("age", "messages"), [(None, 1), (6, 0), (8, 1)])
def test_a_backup_that_is_too_old_or_missing_is_told(
    set_alerts: SetAlerts,
    clean_app: OpenAPI,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    age: int | None,
    messages: int,
) -> None:
    set_alerts(events=(AlertEvent.BACKUP_OLD,), webhook_url="")
    settings = clean_app.extensions["settings"]
    monkeypatch.setitem(clean_app.extensions, "settings", settings.model_copy(update={"data_dir": tmp_path}))
    if age is not None:
        back_up(timedelta(days=age))
    assert events.look() == messages


def test_nothing_is_told_before_anybody_asked_for_it(clean_app: OpenAPI) -> None:
    assert events.look() == 0
    assert told() == []


def test_the_addresses_in_messages_are_those_of_the_pages(
    clean_app: OpenAPI, model: DetectionModel, administrator: User
) -> None:
    training = builders.finished_training(model, administrator)
    prediction = builders.prediction(model, administrator, {"a.png": builders.photo_file(9)})
    work = LibraryRun(id=1, model_id=model.id)
    with clean_app.test_request_context():
        expected = [
            url_for("training.show", run_id=training.id),
            url_for("predict.show", run_id=prediction.id),
            url_for("images.index", model_id=model.id),
        ]
    pages = [events.PAGES[type(run)].format(run) for run in (training, prediction, work)]
    assert [f"/{page}" for page in pages] == expected
