"""Files of a backup on their way into DATA_DIR: beside it first, then all of them to their places.

A restore that was killed in between leaves ``restoring`` in DATA_DIR: the next one begins anew, as there are no rows.
"""

import os
import shutil
from pathlib import Path, PurePosixPath

from webapp.backups import held_files
from webapp.core import storage
from webapp.formats.backups.layout import DamagedArchive, path_of
from webapp.formats.backups.reader import BackupMember
from webapp.formats.backups.writer import PIECE


class Staging:
    """The folder ``restoring``. Call ``clear`` first."""

    def __init__(self) -> None:
        self._data = storage.data_dir()
        self._folder = self._data / "restoring"
        self._files = self._folder / "files"
        self._is_moving = self._folder / "moving"
        """There while files are moved to places that were empty before."""

    def clear(self) -> None:
        """Remove what a restore has left that did not come to its end. Only where there are no rows."""
        if self._is_moving.exists():
            for name in held_files.FOLDERS:
                shutil.rmtree(self._data / name, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, member: BackupMember) -> None:
        """Write one file. Raises DamagedArchive, OSError."""
        path = self._files / self._place(member.name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            # The same name twice, or a file that is a folder, too.
            raise DamagedArchive("hostile", member.name) from error
        with os.fdopen(descriptor, "wb") as target:
            while piece := member.read(PIECE):
                target.write(piece)
        os.utime(path, (member.mtime, member.mtime))

    def move(self) -> None:
        """Move all files to their places, durably."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        # Before anything names them: everything that was written is on the disk.
        os.sync()
        self._is_moving.touch()
        for folder in sorted(self._files.glob("*")):
            _move_into(folder, self._data / folder.name)
        os.sync()

    def finish(self) -> None:
        """After the commit: the files stay where they are."""
        self._is_moving.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _place(name: str) -> PurePosixPath:
        path = path_of(name, held_files.FOLDERS)
        if any(len(os.fsencode(part)) > 255 for part in path.parts):
            raise DamagedArchive("hostile", name)
        return path


def _move_into(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for child in source.iterdir():
        place = target / child.name
        if child.is_dir() and place.is_dir():
            _move_into(child, place)
        else:
            # Copies where a folder of DATA_DIR lies on another disk.
            shutil.move(child, place)
