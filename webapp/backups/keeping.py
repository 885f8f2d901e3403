"""Backups that nobody asks for: those of the schedule, the one before tables change, and which of them are kept."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import current_app

from webapp.backups import held_files, making, records, rows, versions
from webapp.backups.faults import BackupFault
from webapp.backups.records import Backup, BackupReason
from webapp.core.extensions import db
from webapp.models.columns import now

AGAIN_AFTER = timedelta(hours=1)
"""After a scheduled backup that failed."""
KEPT_BEFORE_MIGRATIONS = 2
_log = logging.getLogger(__name__)


def back_up_when_due() -> None:
    """The work of the schedule, asked for every few minutes by the janitor. A failure stands in the record."""
    if not is_due():
        return
    try:
        backup = making.make(_path("scheduled"), BackupReason.SCHEDULE)
    except BackupFault as fault:
        if fault.code != "under_way":
            _log.warning("the scheduled backup failed: %s", fault)
        return
    _log.info("backup %s, %.1f GB in %.0f s", backup.path, backup.size_bytes / 1e9, backup.seconds)
    remove_old(BackupReason.SCHEDULE, current_app.extensions["settings"].backup_keep)


def is_due() -> bool:
    """Whether the schedule asks for a backup now."""
    settings = current_app.extensions["settings"]
    if settings.backup_dir is None or not settings.backup_every_hours:
        return False
    last = next((one for one in records.list_backups() if one.reason is BackupReason.SCHEDULE), None)
    if last is None:
        return True
    ended = last.created_at + timedelta(seconds=last.seconds)
    if not last.ok:
        return now() > ended + AGAIN_AFTER
    return now() > last.created_at + timedelta(hours=settings.backup_every_hours)


def before_migration() -> Backup | None:
    """Back up where the tables hold anything and are about to change; None where nothing was to be done.

    Where there is no room for the files, the rows alone. Raises BackupFault where that cannot be either.
    """
    what = current_app.extensions["settings"].backup_before_migration
    with db.engine.connect() as connection:
        present = rows.revision(connection)
        is_needed = present is not None and rows.are_there(connection)
    if what == "off" or not is_needed or present == versions.newest() or not versions.is_known(str(present)):
        return None
    backup = _everything_or_rows(f"before-migration-from-{present}", with_files=what == "all")
    remove_old(BackupReason.MIGRATION, KEPT_BEFORE_MIGRATIONS)
    return backup


def _everything_or_rows(name: str, with_files: bool) -> Backup:
    if with_files:
        try:
            return making.make(_path(name), BackupReason.MIGRATION)
        except BackupFault as fault:
            if fault.code not in ("disk_short", "disk_full"):
                raise
    return making.make(_path(f"{name}-rows"), BackupReason.MIGRATION, with_files=False)


def remove_left() -> None:
    """What a backup that was killed has left: links, and files without their name."""
    try:
        with making.alone():
            held_files.remove_left()
            for pattern in (".scheduled-*.tmp", ".before-migration-*.tmp", ".requested-*.tmp"):
                for path in records.folder().glob(pattern):
                    path.unlink(missing_ok=True)
    except BackupFault:
        return  # one is under way


def folder() -> Path:
    """Where backups that name no file go; made where it is the installation's own."""
    found = records.folder()
    # One that was named is not made: where its disk is away, the backup would fill the one below.
    if current_app.extensions["settings"].backup_dir is None:
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def remove_old(reason: BackupReason, kept: int) -> None:
    """Keep the newest of this kind. Only files of this installation's record: others may share the folder."""
    whole = [one for one in records.list_backups() if one.reason is reason and one.ok]
    there = [one for one in whole if one.path.parent == records.folder() and one.path.is_file()]
    for old in there[kept:]:
        old.path.unlink(missing_ok=True)


def _path(name: str) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return folder() / f"{name}-{moment}.tar"
