"""The files of one moment: a hard link to each, so that they may be deleted while a backup reads them.

Two kinds. Files that change (checkpoints, logs of trainings) are taken before the snapshot of the rows: a run that is
restored finds a checkpoint that is not ahead of its rows, as after a crash. Files that are written once, before the row
that names them, are taken after it, so none is missing.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from webapp.core import storage

NOT_KEPT = ("thumbnails", "renditions", "backups", "secrets")
"""Of ``storage.FOLDERS``: what is made again, the backups themselves, and the keys of this installation."""
FOLDERS = tuple(name for name in storage.FOLDERS if name not in NOT_KEPT)
CHANGING = ("checkpoints", "runs")
WRITTEN_ONCE = tuple(name for name in FOLDERS if name not in CHANGING)
_PREFIX = "links-"
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EMLINK)


@dataclass(frozen=True)
class HeldFile:
    """A file as it is at the moment of the backup."""

    name: str
    """Path below DATA_DIR."""
    path: Path
    size: int
    mtime: float


class HeldFiles:
    """Takes hold of files; ``release`` lets them go."""

    def __init__(self) -> None:
        self._data = storage.data_dir()
        self._links = self._data / "backups" / f"{_PREFIX}{secrets.token_hex(6)}"
        self._links.mkdir(mode=0o700, parents=True)
        self._roots: dict[str, Path] = {}
        self._logs: dict[str, int] = {}
        """Sizes of files that only grow."""
        self.is_linked = True
        """False where the disk knows no links: files must then not be deleted until they are read."""

    def take(self, folders: tuple[str, ...]) -> None:
        """Take hold of all files in these folders of DATA_DIR."""
        for folder in folders:
            self._roots[folder] = self._links / folder
            for name, entry in _walk(self._data / folder, folder):
                if not self._take(name, Path(entry.path), folder):
                    self._roots[folder] = self._data / folder
                    self.is_linked = False
                    break

    def _take(self, name: str, path: Path, folder: str) -> bool:
        target = self._links / name
        with suppress(FileNotFoundError):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                os.link(path, target, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                if folder not in CHANGING:
                    return False
                shutil.copy2(path, target)
            if folder == "runs":
                self._logs[name] = target.stat().st_size
        return True

    def files(self) -> Iterator[HeldFile]:
        """All files that are held, by folder."""
        for folder, root in self._roots.items():
            for name, entry in _walk(root, folder):
                with suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    size = min(status.st_size, self._logs.get(name, status.st_size))
                    yield HeldFile(name, Path(entry.path), size, status.st_mtime)

    def release(self) -> None:
        """Remove the links."""
        shutil.rmtree(self._links, ignore_errors=True)


def remove_left() -> None:
    """Links of a backup that was killed. Only while no backup is made."""
    for folder in (storage.data_dir() / "backups").glob(f"{_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def are_there() -> bool:
    """Whether DATA_DIR holds any file that a backup would."""
    return any(True for folder in FOLDERS for _file in _walk(storage.data_dir() / folder, folder))


def _walk(folder: Path, name: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Files below a folder with their paths; without those that are not finished, and links."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/{entry.name}")
        elif entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
            yield f"{name}/{entry.name}", entry
