"""The record of backups: what a page and the schedule read."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask_babel import force_locale
from flask_openapi3 import OpenAPI

from webapp.backups import records
from webapp.backups.records import Backup, BackupReason
from webapp.core.languages import LANGUAGES
from webapp.models.columns import now


@pytest.fixture(autouse=True)
def _own_folder(clean_app: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = clean_app.extensions["settings"].model_copy(
        update={"data_dir": tmp_path / "data", "backup_dir": tmp_path / "other"}
    )
    monkeypatch.setitem(clean_app.extensions, "settings", settings)


def backup(hours_ago: float, fault: str | None = None, has_files: bool = True) -> Backup:
    moment = now() - timedelta(hours=hours_ago)
    params = {"path": "/mnt/x"} if fault else {}
    return Backup(moment, Path("/mnt/備份.tar"), 7, BackupReason.SCHEDULE, 1.5, has_files, fault, params)


def test_without_a_backup_there_is_none() -> None:
    assert records.last_backup() is None
    assert records.last_good_backup() is None


def test_the_last_is_the_one_that_was_noted_last() -> None:
    for one in (backup(30), backup(2), backup(1, "folder_missing")):
        records.note(one)
    last = records.last_backup()
    assert last is not None
    assert not last.ok
    assert last.error is not None
    assert "/mnt/x" in last.error
    good = records.last_good_backup()
    assert good is not None
    assert good.ok
    assert good.error is None
    assert good.path == Path("/mnt/備份.tar")


def test_rows_alone_are_no_good_backup() -> None:
    records.note(backup(1, has_files=False))
    assert records.last_good_backup() is None


def test_old_lines_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "KEPT", 3)
    for hours in range(5):
        records.note(backup(hours))
    assert len(records.list_backups()) == 3


def test_overdue_after_two_intervals() -> None:
    assert records.is_overdue()
    records.note(backup(49))
    assert records.is_overdue()
    records.note(backup(47))
    assert not records.is_overdue()
    records.note(backup(1, "disk_full"))
    assert not records.is_overdue()


def test_a_sentence_in_each_language() -> None:
    records.note(backup(1, "folder_missing"))
    sentences = set()
    for language in LANGUAGES:
        with force_locale(language):
            last = records.last_backup()
            assert last is not None
            sentences.add(last.error)
    assert len(sentences) == len(LANGUAGES)
