"""``python -m jobs.processes.watch``: predicts every photo that is put into a watched folder.

The folders are rows of a table: ``webapp/line/watched_folders.py``.

A file is processed once it has not changed for ``UNCHANGED_SECONDS``: the writer may be slow, and a network
share does not report that a file is complete. It stays in ``in`` while the predictor is unavailable.
"""

import logging
import os
import signal
import stat
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from flask import Flask
from flask_babel import force_locale
from sqlalchemy.exc import SQLAlchemyError
from watchfiles import watch

from jobs.processes.app_context import application
from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.core.monitoring import processes
from webapp.formats.files.filenames import is_system_litter
from webapp.formats.images.rejected import ImageFault
from webapp.images import faults as image_faults
from webapp.line import watched_folders, watched_images
from webapp.models import WatchedFolder

LOOK_MILLISECONDS = 1000
"""Polling interval, since a network share sends no change events."""
UNCHANGED_SECONDS = 1.0
"""A file must be unchanged for this time before it is read."""
DEADLINE_SECONDS = 30.0
"""A truncated file may still be growing: it is retried for this time."""
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".!ut")
"""Suffixes of files that are still being written."""
MAYBE_GROWING = {ImageFault.TRUNCATED, ImageFault.EMPTY, ImageFault.NOT_AN_IMAGE, "file_unreadable"}
_log = logging.getLogger(__name__)


@dataclass
class Seen:
    """Size and time of a file at the last poll."""

    size: int
    changed: int
    since: float = field(default_factory=time.monotonic)


class FolderWatch:
    """Polls all watched folders in turn."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.seen: dict[Path, Seen] = {}
        self.stopping = threading.Event()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Signal handler: the present photo is finished first."""
        self.stopping.set()

    def run(self) -> None:
        """Poll at once, then after each change event or second."""
        while not self.stopping.is_set():
            places = self.scan()
            if not places:
                self.stopping.wait(LOOK_MILLISECONDS / 1000)
                continue
            for _changes in watch(
                *places,
                stop_event=self.stopping,
                rust_timeout=LOOK_MILLISECONDS,
                yield_on_timeout=True,
                raise_interrupt=False,
                recursive=False,
            ):
                if self.scan() != places:
                    break

    def scan(self) -> list[Path]:
        """Process every complete photo. Returns the watched folders."""
        with self.app.app_context():
            try:
                folders = watched_folders.list_watched()
                for folder in folders:
                    self._look_into_one(folder)
                return [watched_folders.path_of(folder) / "in" for folder in folders]
            except SQLAlchemyError:
                _log.exception("the watched folders cannot be looked at")
                db.session.rollback()
                return []
            finally:
                db.session.remove()

    def _look_into_one(self, folder: WatchedFolder) -> None:
        """The others go on where the disk of this folder is unavailable: its photos stay where they are."""
        try:
            watched_folders.make_folders(folder)
            with force_locale(folder.language):
                self._look_into(folder)
        except (OSError, UserError):
            _log.exception("the watched folder %s cannot be looked at", folder.name)
            db.session.rollback()

    def _look_into(self, folder: WatchedFolder) -> None:
        place = watched_folders.path_of(folder) / "in"
        there = {path: status for path in place.iterdir() if (status := _status_of(path)) is not None}
        self.seen = {path: seen for path, seen in self.seen.items() if path.parent != place or path in there}
        for path in sorted(there, key=lambda path: there[path].st_mtime):
            if self.stopping.is_set():
                return
            if self._is_complete(path, there[path]) and not self._take(folder, path):
                return

    def _is_complete(self, path: Path, status: os.stat_result) -> bool:
        seen = self.seen.get(path)
        if seen is None or (seen.size, seen.changed) != (status.st_size, status.st_mtime_ns):
            self.seen[path] = Seen(status.st_size, status.st_mtime_ns)
            return False
        return time.monotonic() - seen.since >= UNCHANGED_SECONDS

    def _take(self, folder: WatchedFolder, path: Path) -> bool:
        """Process one photo; False if the others of the folder must wait too."""
        try:
            self._process(folder, path)
        except FileNotFoundError:
            if path.exists():
                raise
            _log.info("%s was taken away", path)
        except UserError as error:
            db.session.rollback()
            if error.status != 422:
                _log.warning("%s waits: %s", path, error.message)
                return False
            if error.code in MAYBE_GROWING and time.monotonic() - self.seen[path].since < DEADLINE_SECONDS:
                return True
            watched_images.give_up(folder, path, error)
        self.seen.pop(path, None)
        return True

    def _process(self, folder: WatchedFolder, path: Path) -> None:
        """What is unforeseen is taken for the photo's: it would come again with every look at the folder."""
        try:
            watched_images.process(folder, path)
        except (OSError, SQLAlchemyError, UserError):
            raise
        except Exception as error:
            _log.exception("photo %s failed", path)
            raise watched_images.refusal(image_faults.of_error(error)) from error


def _status_of(path: Path) -> os.stat_result | None:
    """None where it is no file that was put there to be looked at, or is gone already."""
    if _is_unfinished(path.name):
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~")) or name.lower().endswith(UNFINISHED) or is_system_litter(name)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    processes.begin(application(), processes.WATCH)
    folder_watch = FolderWatch(application())
    storage.share()
    signal.signal(signal.SIGTERM, folder_watch.stop)
    signal.signal(signal.SIGINT, folder_watch.stop)
    folder_watch.run()


if __name__ == "__main__":
    main()
