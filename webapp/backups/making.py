"""Makes a backup while everything runs: rows and files of one moment, written, flushed, read back, then named."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from errno import EDQUOT, ENOSPC
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, func, select, text

from webapp.backups import held_files, records, rows
from webapp.backups.faults import BackupFault
from webapp.backups.held_files import HeldFiles
from webapp.backups.records import Backup, BackupReason
from webapp.backups.verifying import Progress, silent, verify
from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.extensions import db
from webapp.formats.backups.layout import FILES, HEADER, DamagedArchive, Header
from webapp.formats.backups.writer import PIECE, ArchiveWriter
from webapp.models.columns import now

LOCK = 0x6261636B
"""PostgreSQL advisory lock: one backup or restore at a time."""
SPARE = 64 * 2**20
"""Bytes that must be left on the disk of the backup."""


def make(
    target: Path,
    reason: BackupReason = BackupReason.COMMAND,
    with_files: bool = True,
    progress: Progress = silent,
) -> Backup:
    """Write the backup to ``target``, a new file, and note it in the record.

    Raises BackupFault, after which there is no file; the record tells of it unless a command was refused at once.
    """
    began, moment = time.monotonic(), now()
    fault: BackupFault | None = None
    size, is_begun = 0, False
    try:
        _check_target(target)
        is_begun = True
        moment = _write_and_verify(target, with_files, progress)
        size = target.stat().st_size
    except BackupFault as refused:
        fault = refused
    except OSError as error:
        fault = _fault_of(error, target)
        current_app.logger.exception("the backup %s failed", target)
    except Exception:
        fault = BackupFault("unexpected")
        current_app.logger.exception("the backup %s failed", target)
    code, params = (fault.code, fault.params) if fault else (None, {})
    backup = Backup(moment, target, size, reason, time.monotonic() - began, with_files, code, params)
    if is_begun or reason is not BackupReason.COMMAND:
        records.note(backup)
    if fault:
        raise fault
    return backup


@contextmanager
def alone() -> Iterator[Connection]:
    """One backup or restore at a time; raises BackupFault. The connection is outside of any transaction."""
    with db.engine.connect() as first:
        connection = first.execution_options(isolation_level="AUTOCOMMIT")
        try:
            if not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
                raise BackupFault("under_way")
            yield connection
        finally:
            # Closed, not given back to the pool: its locks end with it, whatever happened.
            connection.invalidate()


def _check_target(target: Path) -> None:
    if not target.parent.is_dir():
        raise BackupFault("folder_missing", path=str(target.parent))
    if target.exists():
        raise BackupFault("file_exists", path=str(target))
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise BackupFault("not_writable", path=str(target.parent), reason=os.strerror(13))


def _fault_of(error: OSError, target: Path) -> BackupFault:
    if error.errno in (ENOSPC, EDQUOT):
        return BackupFault("disk_full")
    return BackupFault("not_writable", path=str(target), reason=error.strerror or str(error))


def _write_and_verify(target: Path, with_files: bool, progress: Progress) -> datetime:
    """Returns the moment of the backup."""
    with ExitStack() as ending:
        locks = ending.enter_context(alone())
        held_files.remove_left()
        held = HeldFiles()
        ending.callback(held.release)
        snapshot = ending.enter_context(db.engine.connect()).execution_options(
            isolation_level="REPEATABLE READ"
        )
        moment = _take_hold(locks, snapshot, held, with_files)
        header = _header_of(snapshot, held, moment, with_files)
        _check_room(target, header.bytes)
        with atomic_path(target) as unfinished:
            _write(unfinished, header, snapshot, held, progress)
            try:
                verify(unfinished, progress)
            except DamagedArchive as fault:
                raise BackupFault("not_read_back", name=fault.name or str(target)) from fault
    return moment


def _take_hold(locks: Connection, snapshot: Connection, held: HeldFiles, with_files: bool) -> datetime:
    """The moment: files that change, then the rows, then files that are written once."""
    if with_files and not kept_files.hold(locks):
        raise BackupFault("files_busy")
    if with_files:
        held.take(held_files.CHANGING)
    snapshot.execute(text("SELECT pg_current_snapshot()"))
    moment = now()
    if with_files:
        held.take(held_files.WRITTEN_ONCE)
        # Without links they are kept until the end of the backup.
        if held.is_linked:
            kept_files.let_go(locks)
    return moment


def _header_of(snapshot: Connection, held: HeldFiles, moment: datetime, with_files: bool) -> Header:
    revision = rows.revision(snapshot)
    if revision is None:
        raise BackupFault("nothing_here")
    files, size = 0, int(snapshot.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    for file in held.files():
        files += 1
        size += file.size + 1024
    return Header(
        created_at=moment.isoformat(),
        revision=revision,
        tables=rows.tables(snapshot),
        sequences=rows.sequences(snapshot),
        has_files=with_files,
        files=files,
        bytes=size,
    )


def _check_room(target: Path, needed: int) -> None:
    """Raises BackupFault where it would not fit, or would take what DATA_DIR's disk is to keep free."""
    data = storage.data_dir()
    is_same_disk = target.parent.stat().st_dev == data.stat().st_dev
    floor = current_app.extensions["settings"].min_free_gb * 10**9 if is_same_disk else 0
    usable = shutil.disk_usage(target.parent).free - max(floor, SPARE)
    if usable < needed:
        raise BackupFault(
            "disk_short", needed=round(needed / 10**9, 1), free=round(max(0, usable) / 10**9, 1)
        )


def _write(path: Path, header: Header, snapshot: Connection, held: HeldFiles, progress: Progress) -> None:
    done = 0

    def written(size: int) -> None:
        nonlocal done
        done += size
        progress(min(done, header.bytes), header.bytes)

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb", buffering=PIECE) as file:
        archive = ArchiveWriter(file)
        archive.add_bytes(HEADER, json.dumps(asdict(header), ensure_ascii=False).encode())
        rows.write(snapshot, archive, written)
        # The rows are read: PostgreSQL need not keep the past any longer.
        snapshot.rollback()
        for one in held.files():
            # Without links a cached file may go meanwhile.
            with suppress(FileNotFoundError), one.path.open("rb") as source:
                archive.add_file(FILES + one.name, source, one.size, one.mtime)
                os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            written(one.size)
        archive.end()
        file.flush()
        # So that reading it back reads the disk.
        os.fsync(file.fileno())
