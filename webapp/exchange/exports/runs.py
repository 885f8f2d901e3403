"""Export runs: small exports are streamed in the request, large ones are made by the io worker and kept."""

import math
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from webapp.audit.recording import record_now
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.run_status import ACTIVE
from webapp.core import storage
from webapp.core.backups import kept_files
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.exchange.exports import label_files
from webapp.exchange.exports.selection import ExportSelection, selection_of
from webapp.formats.exports.writer import Losses
from webapp.models import (
    Annotation,
    AuditAction,
    DetectionModel,
    Image,
    ImageCount,
    ImageFile,
    LibraryKind,
    LibraryRun,
    Split,
    User,
)
from webapp.models.columns import now
from webapp.runs import library_runs

AT_ONCE_PHOTOS = 5_000
AT_ONCE_SHAPES = 50_000
"""Limit for an export in the request; written within two seconds."""
AT_ONCE_BYTES = 64 * 2**20
"""Limit of the photos of a zip in the request."""
AT_ONCE_PIXELS = 500_000_000
"""Limit of the photos whose pictures are drawn for an export in the request."""
KEPT = timedelta(days=7)
STRAY = timedelta(days=1)
"""Age from which a file without a run is deleted: its process was killed, or its model was purged."""
ROOM = 2**30
"""Bytes of disk space that an export must leave free."""


def annotated_images(model: DetectionModel) -> dict[Split, int]:
    """Number of labelled photos by split."""
    counted = db.session.execute(
        select(ImageCount.split, ImageCount.count).where(ImageCount.model_id == model.id, ImageCount.labelled)
    )
    found = {split: count for split, count in counted}
    return {split: found.get(split, 0) for split in Split}


def is_small(model: DetectionModel, choice: ExportSelection) -> bool:
    """Whether it can be sent within the request. Raises UserError where there is nothing to export."""
    count = _count(model, choice)
    if not count:
        raise UserError(
            _("No photo in this part has labels: choose another part, or label some photos first."),
            code="nothing_labelled",
            field="split",
        )
    if not _is_quick(model, choice, count):
        return False
    return not choice.photos or _photo_bytes(model, choice) <= AT_ONCE_BYTES


def losses_at_once(model: DetectionModel, choice: ExportSelection) -> Losses | None:
    """What the format does not hold as it is; None where counting takes longer than a page may wait."""
    if not _is_quick(model, choice, _count(model, choice)):
        return None
    return label_files.count_losses(model, choice)


def start(model: DetectionModel, choice: ExportSelection, user: User | None) -> LibraryRun:
    """Let the io worker make the file; an export of the same that is under way is the answer too."""
    same = db.session.scalar(
        select(LibraryRun)
        .where(
            LibraryRun.model_id == model.id,
            LibraryRun.kind == LibraryKind.EXPORT,
            LibraryRun.status.in_(ACTIVE),
            LibraryRun.stop_requested_at.is_(None),
            LibraryRun.parameters.contains(choice.as_document()),
        )
        .limit(1)
    )
    return same or library_runs.start(model, LibraryKind.EXPORT, choice.as_document(), user)


def carry_out(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``export``: make the file.

    Returns its name, size and contents, and the import limit if the labels exceed it.

    Raises UserError if there is not enough disk space.
    """
    run_id, model, choice = run.id, run.model, selection_of(run.parameters)
    library_runs.progress(run_id, 0, _count(model, choice))
    # With photos the progress is that of the photos; this part only checks for a stop.
    file = label_files.write(
        model, choice, lambda done: library_runs.progress(run_id, 0 if choice.photos else done)
    )
    filename = label_files.filename(model, choice)
    # End the transaction before photos are copied.
    db.session.rollback()
    target = storage.exports_dir() / f"{run_id}{Path(filename).suffix}"
    limit_mb = current_app.extensions["settings"].max_annotations_mb
    too_large = choice.written_as.document is not None and file.labels.size > limit_mb * 2**20
    try:
        _check_room(file.labels.size + file.photo_bytes)
        with atomic_path(target) as unfinished, unfinished.open("wb") as out:
            for chunk in label_files.chunks(file, choice, lambda done: library_runs.progress(run_id, done)):
                out.write(chunk)
    finally:
        file.close()
    library_runs.progress(run_id, file.photos)
    return {
        "file": target.name,
        "filename": filename,
        "size": target.stat().st_size,
        "photos": file.photos,
        "shapes": file.shapes,
        "missing": file.missing,
        "changes": dict(file.losses),
        "import_limit_mb": limit_mb if too_large else None,
    }


def file_of(run: LibraryRun) -> Path | None:
    """File of an export; None if it was deleted."""
    name = (run.result or {}).get("file")
    path = storage.exports_dir() / name if name else None
    return path if path is not None and path.is_file() else None


def days_left(run: LibraryRun) -> int | None:
    """Days until the file of an export is deleted, rounded up; None without a file."""
    if file_of(run) is None or run.finished_at is None:
        return None
    return max(1, math.ceil((run.finished_at + KEPT - now()) / timedelta(days=1)))


def open_file(run: LibraryRun) -> Path:
    """``file_of``; raises UserError (404, or 409 while it is being made)."""
    path = file_of(run)
    if path is None and not run.status.is_over:
        raise UserError(_("The export is still under way: wait for its end."), code="under_way", status=409)
    if path is None:
        raise UserError(_("This export is not kept any more: export again."), code="not_found", status=404)
    return path


def file_to_send(run: LibraryRun) -> Path:
    """As ``open_file``, for a download, which the audit tells. Commits."""
    path = open_file(run)
    after = {"filename": (run.result or {}).get("filename"), "run_id": run.id}
    record_now(AuditAction.DOWNLOAD, run.model, after=after)
    return path


def finished(older_than: timedelta = timedelta(0)) -> list[LibraryRun]:
    """Exports of all models whose file is kept, and that ended longer ago than that."""
    statement = select(LibraryRun).where(
        LibraryRun.kind == LibraryKind.EXPORT,
        LibraryRun.result["file"].astext.is_not(None),
        LibraryRun.finished_at < now() - older_than,
    )
    return list(db.session.scalars(statement))


def remove_old(older_than: timedelta = KEPT) -> None:
    """Delete exports that ended longer ago than that, and files that belong to no run. Commits."""
    for run in finished(older_than):
        kept_files.may_go()
        (storage.exports_dir() / run.result["file"]).unlink(missing_ok=True)  # type: ignore[index]
        run.result = (run.result or {}) | {"file": None}
        db.session.commit()
    kept = set(
        db.session.scalars(
            select(LibraryRun.result["file"].astext).where(LibraryRun.kind == LibraryKind.EXPORT)
        )
    )
    db.session.rollback()
    oldest = (now() - STRAY).timestamp()
    for path in storage.exports_dir().iterdir():
        if path.name not in kept and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _count(model: DetectionModel, choice: ExportSelection) -> int:
    counts = annotated_images(model)
    return counts[choice.split] if choice.split else sum(counts.values())


def _is_quick(model: DetectionModel, choice: ExportSelection, photos: int) -> bool:
    """Whether the labels are written within some seconds."""
    if photos > AT_ONCE_PHOTOS or _has_many_shapes(model, choice):
        return False
    return not choice.written_as.draws or _pixels(model, choice) <= AT_ONCE_PIXELS


def _has_many_shapes(model: DetectionModel, choice: ExportSelection) -> bool:
    shapes = (
        select(Annotation.id).join(Image, Image.id == Annotation.image_id).where(*_photos_of(model, choice))
    )
    first = shapes.limit(AT_ONCE_SHAPES + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(first)) or 0) > AT_ONCE_SHAPES


def _photo_bytes(model: DetectionModel, choice: ExportSelection) -> int:
    statement = select(func.coalesce(func.sum(ImageFile.size), 0)).join(Image)
    return int(db.session.scalar(statement.where(*_photos_of(model, choice), Image.labelled)) or 0)


def _pixels(model: DetectionModel, choice: ExportSelection) -> int:
    pixels = func.sum(cast(ImageFile.width, BigInteger) * ImageFile.height)
    statement = select(func.coalesce(pixels, 0)).join(Image)
    return int(db.session.scalar(statement.where(*_photos_of(model, choice), Image.labelled)) or 0)


def _photos_of(model: DetectionModel, choice: ExportSelection) -> list[ColumnElement[bool]]:
    of_model = [Image.model_id == model.id]
    return [*of_model, Image.split == choice.split] if choice.split else of_model


def _check_room(size: int) -> None:
    free = shutil.disk_usage(storage.exports_dir()).free
    if free < size + ROOM:
        raise UserError(
            _(
                "The export needs %(size)s GB of free disk and there are %(free)s GB: make room on the server, "
                "or export one part at a time.",
                size=round((size + ROOM) / 1e9, 1),
                free=round(free / 1e9, 1),
            ),
            code="disk_full",
        )
