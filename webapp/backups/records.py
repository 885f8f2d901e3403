"""The record of backups: the last ones with time, size and result, whoever made them.

A file beside the data, not a table: it is written while PostgreSQL may be of an older version (before a migration),
and a database that was restored would tell of the backups of another time.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import current_app

from webapp.backups.faults import sentence
from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.models.columns import now

KEPT = 200
"""Lines of the record."""


class BackupReason(StrEnum):
    """Who asked for a backup."""

    COMMAND = "command"
    SCHEDULE = "schedule"
    MIGRATION = "migration"
    REQUEST = "request"
    """An administrator, by the button or by REST."""


@dataclass(frozen=True)
class Backup:
    """One backup that was made, or that failed."""

    created_at: datetime
    """When it began, UTC: it holds the rows and files of that moment."""
    path: Path
    size_bytes: int
    """Of the file; 0 where it failed."""
    reason: BackupReason
    seconds: float
    """That it took, its verification included."""
    has_files: bool = True
    """False where it holds rows alone."""
    fault: str | None = None
    """Code of ``faults.SENTENCES``; None where the backup is whole."""
    fault_params: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was written, read back and found whole."""
        return self.fault is None

    @property
    def error(self) -> str | None:
        """Why it failed, one sentence in the language of who reads it."""
        return sentence(self.fault, self.fault_params) if self.fault else None


def folder() -> Path:
    """Where backups are written that nobody named a file for."""
    settings = current_app.extensions["settings"]
    return settings.backup_dir or storage.data_dir() / "backups"


def list_backups() -> list[Backup]:
    """All in the record, the newest first."""
    try:
        lines = _file().read_text().splitlines()
    except FileNotFoundError:
        return []
    return [_read(line) for line in reversed(lines)]


def last_backup() -> Backup | None:
    """The newest in the record, whole or failed; None where none was ever made."""
    return next(iter(list_backups()), None)


def last_good_backup() -> Backup | None:
    """The newest that is whole and holds rows and files."""
    return next((backup for backup in list_backups() if backup.ok and backup.has_files), None)


def is_overdue() -> bool:
    """Whether backups are scheduled and none of the last two was made in its time."""
    settings = current_app.extensions["settings"]
    if settings.backup_dir is None or not settings.backup_every_hours:
        return False
    good = last_good_backup()
    return good is None or good.created_at < now() - 2 * timedelta(hours=settings.backup_every_hours)


def note(backup: Backup) -> None:
    """Add it to the record, of which the oldest lines go. Raises OSError."""
    with _held():
        path = _file()
        lines = path.read_text().splitlines() if path.exists() else []
        document = asdict(backup) | {"created_at": backup.created_at.isoformat(), "path": str(backup.path)}
        lines.append(json.dumps(document, ensure_ascii=False))
        with atomic_path(path) as unfinished:
            unfinished.write_text("".join(f"{line}\n" for line in lines[-KEPT:]))


def _file() -> Path:
    return storage.data_dir() / "backups" / "record.jsonl"


@contextmanager
def _held() -> Iterator[None]:
    """One writer at a time."""
    _file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _file().with_name("record.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(line: str) -> Backup:
    document = json.loads(line)
    document["created_at"] = datetime.fromisoformat(document["created_at"])
    document["path"] = Path(document["path"])
    document["reason"] = BackupReason(document["reason"])
    return Backup(**document)
