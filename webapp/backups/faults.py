"""Why a backup or a restore was refused or failed: a code in the record, a sentence in the user's language."""

from typing import Any

from flask_babel import lazy_gettext as _l

from webapp.core.errors import UserError

SENTENCES = {
    "unexpected": _l("An unexpected error ended the backup; the log has the details."),
    "folder_missing": _l("There is no folder %(path)s: make it, or name another file."),
    "not_writable": _l("%(path)s cannot be written (%(reason)s): name another place."),
    "file_exists": _l("%(path)s exists already: name another file."),
    "disk_short": _l(
        "The backup needs about %(needed)s GB and %(free)s GB can be used there: make room, or name another place."
    ),
    "disk_full": _l("The disk of the backup is full: make room, or name another place."),
    "under_way": _l("Another backup or restore is under way: try again when it has ended."),
    "files_busy": _l("Files were being deleted all the time: try again later."),
    "no_such_file": _l("There is no file %(path)s."),
    "not_readable": _l("%(path)s cannot be read or written (%(reason)s)."),
    "not_a_backup": _l("%(path)s is no backup of this product."),
    "truncated": _l("%(path)s ends too early: it was not copied or written completely."),
    "damaged": _l("%(path)s is damaged (%(name)s): take another backup."),
    "hostile": _l("%(path)s holds what no backup of this product holds (%(name)s): it is not used."),
    "newer": _l("%(path)s was made by a newer version: start the program that is as new, then restore."),
    "not_empty": _l(
        "There is data here already: a backup is restored into an empty installation only. Name a new DATA_DIR or an "
        "empty database."
    ),
    "restore_short": _l(
        "The backup needs about %(needed)s GB and %(free)s GB of the disk of DATA_DIR can be used: make room first."
    ),
    "restore_full": _l("The disk of DATA_DIR is full: make room first."),
    "nothing_here": _l("The database has no tables, so there is nothing to back up."),
    "not_read_back": _l(
        "What was written could not be read back (%(name)s): have the disk looked at, and make the backup again."
    ),
}


class BackupFault(UserError):
    """A backup or restore that was refused or failed; ``params`` fill the sentence of the code."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(sentence(code, params), code=code, **params)
        self.params = params


def sentence(code: str, params: dict[str, Any]) -> str:
    """In the language of who reads it."""
    # A record of a newer version may hold a code that this one does not know.
    return str(SENTENCES.get(code, SENTENCES["unexpected"])) % params
