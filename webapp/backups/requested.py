"""A backup that an administrator asks for, by a button or by REST: the io worker makes it, in its turn."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from flask_babel import gettext as _
from rq.exceptions import NoSuchJobError
from rq.job import Job

from webapp.audit.recording import record
from webapp.backups import keeping, making, records
from webapp.backups.records import Backup, BackupReason
from webapp.core import queues
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction

JOB = "jobs.tasks.backup.make"
_JOB_ID = "requested-backup"


@dataclass(frozen=True)
class ListedBackup:
    """One backup, made, failed, or still to be made."""

    id: str
    """Name of its file without the suffix."""
    status: str
    """``queued``, ``running``, ``completed`` or ``failed``."""
    created_at: datetime | None
    """When it began; None before."""
    size: int | None
    """Bytes; None where there is no file."""
    error: str | None = None
    """Why it failed, in the reader's language."""


def request() -> ListedBackup:
    """Queue a backup. Commits. Raises UserError (409) while one is asked for already, RedisError without Redis."""
    if pending() is not None:
        raise UserError(
            _("A backup is under way already: wait until it has ended."), code="under_way", status=409
        )
    name = f"requested-{datetime.now(UTC).strftime('%Y%m%d-%H%M%S')}"
    record(AuditAction.EXPORT, name=name)
    db.session.commit()
    queues.enqueue_once(queues.IO, JOB, _JOB_ID, name)
    return ListedBackup(name, "queued", None, None)


def pending() -> ListedBackup | None:
    """The one that was asked for and has not ended. Raises RedisError."""
    try:
        job = Job.fetch(_JOB_ID, connection=current_app.extensions["redis"])
    except NoSuchJobError:
        return None
    status = {"queued": "queued", "started": "running"}.get(job.get_status() or "")
    return ListedBackup(str(job.args[0]), status, None, None) if status else None


def carry_out(name: str) -> Backup:
    """Make it, in the worker, and remove the oldest of its kind. Raises BackupFault, which the record tells of too."""
    backup = making.make(keeping.folder() / f"{name}.tar", BackupReason.REQUEST)
    keeping.remove_old(BackupReason.REQUEST, current_app.extensions["settings"].backup_keep)
    return backup


def list_all() -> list[ListedBackup]:
    """The one that is pending, then those in the record, the newest first. Raises RedisError."""
    waiting = pending()
    found = [
        ListedBackup(
            backup.path.stem,
            "completed" if backup.ok else "failed",
            backup.created_at,
            backup.size_bytes if backup.ok else None,
            backup.error,
        )
        for backup in records.list_backups()
    ]
    known = {backup.id for backup in found}
    return ([waiting] if waiting and waiting.id not in known else []) + found
