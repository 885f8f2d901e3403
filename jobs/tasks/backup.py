"""The job of a backup that an administrator asked for. Never imports torch."""

import logging

from jobs.processes.app_context import application
from webapp.backups import requested
from webapp.backups.faults import BackupFault
from webapp.core.logs import context_id

_log = logging.getLogger(__name__)


def make(name: str) -> None:
    """RQ's entry point; what failed stands in the record of the backups."""
    context_id.set(f"backup:{name}")
    with application().app_context():
        try:
            backup = requested.carry_out(name)
        except BackupFault as fault:
            _log.warning("the backup failed: %s", fault)
        else:
            _log.info("backup %s, %.1f GB in %.0f s", backup.path, backup.size_bytes / 1e9, backup.seconds)
