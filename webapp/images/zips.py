"""Zips and tars of photos: stored until the io worker has added their photos, each checked like a single upload."""

import io
import secrets
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app
from sqlalchemy import select

from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.run_status import ACTIVE
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.extensions import db
from webapp.formats.files.any_archive import HEAD, AnyArchive, is_archive, open_archive
from webapp.formats.files.archive import ArchiveRejected, Member
from webapp.formats.files.filenames import is_accompanying_text, safe_filename
from webapp.images import faults, intake, thumbnails
from webapp.images.intake import FileRefused, Upload
from webapp.models import DetectionModel, LibraryKind, LibraryRun, Split, User
from webapp.models.columns import now
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped

LABEL_SUFFIXES = (".json", ".csv", ".xml", ".txt")
REFUSED_KEPT = 1_000
"""Most refused files, and most remarks, listed in the report; the others are counted."""
PROGRESS_SECONDS = 0.5
LEFT_AFTER = timedelta(days=1)
_PREFIX = "photos-"


def is_photo_zip(stream: BinaryIO) -> bool:
    """Whether the content is a zip or another archive; the stream is rewound."""
    start = stream.read(HEAD)
    stream.seek(0)
    return is_archive(start)


def start(model: DetectionModel, split: Split, upload: Upload, user: User | None) -> LibraryRun:
    """Store the zip and queue the work. Raises FileRefused, storing nothing, if it is refused as a whole."""
    path = storage.data_dir() / "uploads" / f"{_PREFIX}{secrets.token_hex(12)}.zip"
    try:
        with atomic_path(path) as temporary:
            with temporary.open("wb") as target:
                shutil.copyfileobj(upload.stream, target, 2**20)
            open_archive(temporary).close()
    except ArchiveRejected as error:
        raise FileRefused(faults.fault_document(error.code, **error.params)) from error
    asked = {"file": path.name, "filename": safe_filename(upload.filename), "split": split.value}
    return library_runs.start(model, LibraryKind.ADD, asked, user)


def carry_out(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``add``: ``{created, duplicates, refused, refused_examples: [[name, fault]],
    remarks, remark_examples}``, the last two as for refused, of photos that were added.

    Each photo is committed: after a crash the same zip continues where it was.
    """
    path = _path(run)
    try:
        with open_archive(path) as archive:
            return _take(run, archive)
    finally:
        with kept_files.deleting():
            path.unlink(missing_ok=True)


def _take(run: LibraryRun, archive: AnyArchive) -> dict[str, Any]:
    model, run_id, split = run.model, run.id, Split(run.parameters["split"])
    report = _Report()
    for problem in archive.problems:
        report.refuse(problem.name, faults.fault_document(problem.code))
    told = 0.0
    try:
        library_runs.progress(run_id, 0, len(archive.members))
        for done, member in enumerate(archive.members):
            if time.monotonic() - told > PROGRESS_SECONDS:
                library_runs.progress(run_id, done)
                told = time.monotonic()
            try:
                data = _content(archive, member)
            except FileRefused as refused:
                report.refuse(member.name, refused.fault)
                continue
            added = intake.add_images(model, split, [Upload(member.name, io.BytesIO(data))], in_run=True)
            report.created += len(added.created)
            report.duplicates += len(added.duplicates)
            for _name, fault in added.rejected:
                report.refuse(member.name, fault)
            for name, remark in added.remarks:
                report.remark(name, remark)
            # Otherwise thousands of rows would stay in the session.
            db.session.expunge_all()
            model = db.session.merge(model, load=False)
        library_runs.progress(run_id, len(archive.members))
    except RunStopped as stop:
        raise RunStopped(report.document()) from stop
    finally:
        thumbnails.finish()
    return report.document()


def _content(archive: AnyArchive, member: Member) -> bytes:
    """Raises FileRefused before or while it is read."""
    limit = current_app.extensions["settings"].max_photo_mb
    if member.name.lower().endswith(LABEL_SUFFIXES) and not is_accompanying_text(member.name):
        raise FileRefused(faults.fault_document("labels_among_photos"))
    if member.size > limit * 2**20:
        raise FileRefused(faults.fault_document("photo_too_large", limit=limit))
    try:
        return archive.read(member)
    except ArchiveRejected as error:
        raise FileRefused(faults.fault_document(error.code, **error.params)) from error


class _Report:
    """The result of each member."""

    def __init__(self) -> None:
        self.created = 0
        self.duplicates = 0
        self.refused = 0
        self.examples: list[tuple[str, dict[str, Any]]] = []
        self.remarks = 0
        self.remark_examples: list[tuple[str, dict[str, Any]]] = []

    def remark(self, name: str, remark: dict[str, Any]) -> None:
        self.remarks += 1
        if len(self.remark_examples) < REFUSED_KEPT:
            self.remark_examples.append((name, remark))

    def refuse(self, name: str, fault: dict[str, Any]) -> None:
        self.refused += 1
        if len(self.examples) < REFUSED_KEPT:
            self.examples.append((name, fault))

    def document(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "refused_examples": self.examples,
            "remarks": self.remarks,
            "remark_examples": self.remark_examples,
        }


def shown(model: DetectionModel, since: timedelta = timedelta(minutes=10)) -> list[LibraryRun]:
    """Active zip runs and those that ended recently, newest first."""
    recent = library_runs.newest(model, (LibraryKind.ADD,), limit=10)
    return [run for run in recent if run.finished_at is None or run.finished_at > now() - since]


def remove_left() -> None:
    """Delete zips whose run ended without deleting them (its process was killed)."""
    active = select(LibraryRun).where(LibraryRun.kind == LibraryKind.ADD, LibraryRun.status.in_(ACTIVE))
    wanted = {_path(run) for run in db.session.scalars(active)}
    oldest = (now() - LEFT_AFTER).timestamp()
    for path in (storage.data_dir() / "uploads").glob(f"{_PREFIX}*.zip"):
        if path not in wanted and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _path(run: LibraryRun) -> Path:
    return storage.data_dir() / "uploads" / str(run.parameters["file"])
