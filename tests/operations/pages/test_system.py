"""The page of the system: for administrators, with what is there, what is missing, and what went wrong."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from embedded.waiting import free_port
from tests.builders import runs
from webapp.backups import records
from webapp.backups.records import Backup, BackupReason
from webapp.core import queues
from webapp.core.extensions import connect_redis
from webapp.core.monitoring import kept_errors
from webapp.models import Role, User
from webapp.models.columns import now


@pytest.fixture(autouse=True)
def no_backups(clean_app: OpenAPI) -> None:
    for path in (clean_app.extensions["settings"].data_dir / "backups").glob("record*"):
        path.unlink()


def test_it_says_what_is_missing_waits_and_runs(client: FlaskClient, administrator: User) -> None:
    queues.enqueue(queues.IO, "jobs.tasks.files.make_thumbnails")
    page = runs.text_of(client.get("/system"))
    assert "Not answering: Web server, Training worker" in page
    assert "PostgreSQL" in page and "Valkey" in page
    assert "Nothing would come back after the loss of this disk." in page
    assert client.get("/system/panel").status_code == 200


def test_a_backup_is_shown(client: FlaskClient) -> None:
    records.note(Backup(now() - timedelta(hours=1), Path("/b.tar"), 5_000_000, BackupReason.SCHEDULE, 61.0))
    page = runs.text_of(client.get("/system"))
    assert "Last good one" in page and "5.0 MB" in page and "1 min 1 s" in page


def test_a_backup_that_failed_says_why_beside_the_last_good_one(
    client: FlaskClient, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = clean_app.extensions["settings"]
    changed = {"backup_dir": Path("/backups"), "backup_every_hours": 12, "backup_keep": 5}
    monkeypatch.setitem(clean_app.extensions, "settings", settings.model_copy(update=changed))
    good = Backup(now() - timedelta(hours=14), Path("/backups/a.tar"), 5_000_000, BackupReason.SCHEDULE, 61.0)
    records.note(good)
    records.note(Backup(now(), Path("/backups/b.tar"), 0, BackupReason.SCHEDULE, 1.0, fault="disk_full"))
    page = runs.text_of(client.get("/system"))
    assert "The last try failed: The disk of the backup is full" in page
    assert "5.0 MB" in page and "Made by itself every 12 hours, 5 are kept." in page


def test_errors_lead_to_their_run(client: FlaskClient, clean_app: OpenAPI, administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    run = runs.running_training(model, administrator)
    keeper = kept_errors.ErrorKeeper(clean_app.extensions["redis"])
    record = logging.makeLogRecord({"levelno": logging.ERROR, "msg": "the <disk> is gone", "created": 1.8e9})
    token = kept_errors.context_id.set(f"training-run:{run.id}")
    keeper.emit(record)
    kept_errors.context_id.reset(token)
    page = client.get("/system").text
    assert "the &lt;disk&gt; is gone" in page
    assert f'href="/training-runs/{run.id}"' in page and f"training-run:{run.id}" in page


def test_without_redis_it_says_so(
    client: FlaskClient, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clean_app.extensions, "redis", connect_redis(f"redis://127.0.0.1:{free_port()}/0"))
    answer = client.get("/system")
    assert answer.status_code == 200
    assert "Redis does not answer" in answer.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER])
@pytest.mark.parametrize("path", ["/system", "/system/panel", "/system/alerts", "/system/alerts/messages"])
def test_others_are_refused(clean_app: OpenAPI, role: Role, path: str) -> None:
    browser = clean_app.test_client()
    runs.sign_in(browser, role)
    assert browser.get(path).status_code == 403
