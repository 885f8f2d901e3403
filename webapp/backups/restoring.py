"""Restores a backup into an installation that is empty: all of it or nothing.

The archive is read once. Its rows go into one transaction, its files beside DATA_DIR's own; when the last hash was
right, the files are moved and the transaction is committed.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import BinaryIO

import psycopg2
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from webapp.backups import held_files, making, versions
from webapp.backups.faults import BackupFault
from webapp.backups.loading import Loader
from webapp.backups.staging import Staging
from webapp.backups.verifying import Progress, silent
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.backups.layout import FILES, ROWS, DamagedArchive, Header
from webapp.formats.backups.reader import read_archive, read_header

_CHECK_ROOM_EVERY = 2**28


def restore(path: Path, progress: Progress = silent) -> Header:
    """Restore the backup ``path``. Raises BackupFault, after which nothing is changed."""
    if not path.is_file():
        raise BackupFault("no_such_file", path=str(path))
    with _sentences(path), path.open("rb") as file:
        header = read_header(file)
        file.seek(0)
        if not versions.is_known(header.revision):
            raise DamagedArchive("newer")
        with making.alone():
            _restore(file, header, path.stat().st_size, progress)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    storage.prepare(storage.data_dir())
    return header


def _restore(file: BinaryIO, header: Header, size: int, progress: Progress) -> None:
    staging = Staging()
    with db.engine.connect() as connection:
        loader = Loader(connection, header)
        loader.begin()
        staging.clear()
        try:
            if header.has_files and held_files.are_there():
                raise BackupFault("not_empty")
            _check_room(size)
            checked = 0
            for member in read_archive(file):
                if member.name.startswith(ROWS):
                    loader.load(member)
                elif member.name.startswith(FILES) and header.has_files:
                    staging.write(member)
                else:
                    raise DamagedArchive("hostile", member.name)
                if file.tell() - checked > _CHECK_ROOM_EVERY:
                    checked = file.tell()
                    # Compressed rows may become more than they say.
                    _check_room(0)
                    os.posix_fadvise(file.fileno(), 0, checked, os.POSIX_FADV_DONTNEED)
                    progress(checked, size)
            loader.finish()
            staging.move()
        except BaseException:
            staging.clear()
            raise
        # Where a commit is not answered, only the next restore sees what became of it: until then the files stay.
        connection.commit()
        staging.finish()


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Faults of the archive and of the disk as refusals."""
    try:
        yield
    except DamagedArchive as fault:
        raise BackupFault(fault.code, path=str(path), name=fault.name) from fault
    except (psycopg2.errors.DiskFull, OperationalError) as error:
        if isinstance(error, OperationalError) and not isinstance(error.orig, psycopg2.errors.DiskFull):
            raise
        raise BackupFault("restore_full") from error
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise BackupFault("restore_full") from error
        raise BackupFault(
            "not_readable", path=str(error.filename or path), reason=error.strerror or str(error)
        ) from error


def _check_room(needed: int) -> None:
    disk = shutil.disk_usage(storage.data_dir())
    usable = disk.free - current_app.extensions["settings"].min_free_gb * 10**9
    if usable < needed:
        raise BackupFault(
            "restore_short", needed=round(needed / 10**9, 1), free=round(max(0, usable) / 10**9, 1)
        )
