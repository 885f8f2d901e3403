"""Backups of the schedule and before a migration, and which are kept."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from tests.backups.conftest import Empty
from tests.backups.contents import contents_here
from webapp.backups import keeping, making, records, restoring, versions
from webapp.backups.faults import BackupFault
from webapp.contracts.atomic_file import atomic_path
from webapp.core.extensions import db
from webapp.models.columns import now

EARLIER = "members"
"""A version of the tables that is not the newest."""


def set_(app: OpenAPI, monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
    changed = app.extensions["settings"].model_copy(update=settings)
    monkeypatch.setitem(app.extensions, "settings", changed)


def test_nothing_is_scheduled_without_a_folder(installation: OpenAPI) -> None:
    assert not keeping.is_due()
    keeping.back_up_when_due()
    assert records.last_backup() is None


def test_when_one_is_due(installation: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    set_(installation, monkeypatch, backup_dir=tmp_path / "other", backup_every_hours=24, backup_keep=2)
    keeping.back_up_when_due()
    last = records.last_backup()
    assert last is not None
    assert last.ok
    assert last.path.parent == tmp_path / "other"
    assert not keeping.is_due()
    records.note(replace(last, created_at=now() - timedelta(hours=25)))
    assert keeping.is_due()
    records.note(replace(last, created_at=now() - timedelta(minutes=50), fault="disk_full"))
    assert not keeping.is_due()
    records.note(replace(last, created_at=now() - timedelta(minutes=70), fault="disk_full"))
    assert keeping.is_due()


def test_the_oldest_goes_and_others_stay(
    installation: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    set_(installation, monkeypatch, backup_dir=folder, backup_every_hours=1, backup_keep=2)
    (folder / "scheduled-20200101-000000.tar").write_bytes(b"of another installation")
    names = iter("abcd")
    monkeypatch.setattr(keeping, "_path", lambda _name: folder / f"{next(names)}.tar")
    for _ in range(3):
        monkeypatch.setattr(keeping, "is_due", lambda: True)
        keeping.back_up_when_due()
    found = sorted(path.name for path in folder.iterdir())
    assert found == ["b.tar", "c.tar", "scheduled-20200101-000000.tar"]


def test_a_missing_disk_stands_in_the_record(
    installation: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_(installation, monkeypatch, backup_dir=tmp_path / "unmounted", backup_every_hours=1)
    keeping.back_up_when_due()
    last = records.last_backup()
    assert last is not None
    assert last.fault == "folder_missing"
    assert not (tmp_path / "unmounted").exists()


@pytest.mark.parametrize("kind", ["scheduled", "before-migration", "requested"])
def test_what_a_killed_backup_left_goes(
    installation: OpenAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    set_(installation, monkeypatch, backup_dir=tmp_path)
    with atomic_path(tmp_path / f"{kind}-20260101-000000.tar") as unfinished:
        unfinished.write_bytes(b"half of it")
        # Under the name that it has while it is written.
        os.link(unfinished, unfinished.with_name(unfinished.name.replace(".tmp", "0.tmp")))
    (tmp_path / "notes.tmp").touch()
    keeping.remove_left()
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert left == {"notes.tmp", f"{kind}-20260101-000000.tar"}


def earlier_tables() -> None:
    """Tables of an earlier version with an account."""
    with db.engine.begin() as connection:
        versions.upgrade(connection, EARLIER)
        connection.execute(
            text(
                "INSERT INTO detection_model (name, description, created_at, training_defaults) "
                "VALUES ('Figs', '', now(), '{}')"
            )
        )


def test_before_a_migration(empty: Empty) -> None:
    empty()
    assert keeping.before_migration() is None  # nothing is there yet
    earlier_tables()
    made = keeping.before_migration()
    assert made is not None
    assert made.has_files
    assert made.path.is_file()
    with db.engine.begin() as connection:
        versions.upgrade(connection)
    assert keeping.before_migration() is None
    empty()
    restoring.restore(made.path)
    restored = contents_here()
    assert restored.rows["alembic_version"] == [f"({versions.newest()})"]
    assert len(restored.rows["detection_model"]) == 1


def test_before_a_migration_rows_alone_where_files_have_no_room(
    empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty()
    earlier_tables()
    check = making._check_room

    def check_with_files(target: Path, needed: int) -> None:
        if "-rows-" not in target.name:
            raise BackupFault("disk_short", needed=1, free=0)
        check(target, needed)

    monkeypatch.setattr(making, "_check_room", check_with_files)
    made = keeping.before_migration()
    assert made is not None
    assert not made.has_files


def test_before_a_migration_without_room_or_switched_off(empty: Empty) -> None:
    empty(min_free_gb=10**6)
    earlier_tables()
    with pytest.raises(BackupFault):
        keeping.before_migration()
    empty(min_free_gb=10**6, backup_before_migration="off")
    earlier_tables()
    assert keeping.before_migration() is None
