"""What takes the room on the disk, and what of it can be cleaned up: first a preview, then the cleaning.

Nothing that a person labelled or trained is among it, but for what they threw into the trash themselves.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select, text

from webapp.audit.recording import record
from webapp.contracts.run_status import ACTIVE
from webapp.core import storage
from webapp.core.extensions import db
from webapp.exchange.exports import runs as export_runs
from webapp.images import stored_files
from webapp.images import trash as image_trash
from webapp.models import AuditAction, DetectionModel, ImageFile, TrainingRun, TrashedImage
from webapp.projects import purge as model_purge
from webapp.training.record import trash as training_trash

DATABASE = "database"
OTHER = "other"
NAMED = 50
"""Names that a preview lists; of more it says the number."""


class Cleaning(StrEnum):
    """What can be cleaned up, in the order in which it is done: what needs no writing by PostgreSQL first."""

    THUMBNAILS = "thumbnails"
    """Small pictures, pictures of 8 bits and tiles: they are made again when they are looked at."""
    CHECKPOINTS = "checkpoints"
    """Of runs that are over: they cannot be resumed any more."""
    EXPORTS = "exports"
    TRASH = "trash"
    """Models, trainings and photos, of all models."""


@dataclass(frozen=True)
class Removable:
    """What a cleaning finds or has removed."""

    count: int = 0
    bytes: int = 0
    names: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, paths: Iterable[tuple[str, Path]]) -> "Removable":
        """Of files and folders with the names that a person knows them by; none twice."""
        sizes = {name: size_of(path) for name, path in paths}
        return cls(len(sizes), sum(sizes.values()), [name for name in sizes if name][:NAMED])


def usage() -> dict[str, int]:
    """Bytes by folder of ``DATA_DIR``, and of the database; the largest first."""
    sizes = dict.fromkeys((*storage.FOLDERS, "logs", OTHER), 0)
    own_servers = {"postgres", "valkey", "run"}
    for path in storage.data_dir().iterdir():
        if path.name not in own_servers and not path.is_symlink():
            sizes[path.name if path.name in sizes else OTHER] += size_of(path)
    sizes[DATABASE] = int(db.session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    return dict(sorted(((name, size) for name, size in sizes.items() if size), key=lambda one: -one[1]))


def size_of(path: Path) -> int:
    """Bytes that a file, or all files in a folder, take on the disk; what goes meanwhile counts nothing."""
    try:
        if not path.is_dir():
            return path.lstat().st_blocks * 512
        with os.scandir(path) as entries:
            found = list(entries)
    except OSError:
        return 0
    size = 0
    for entry in found:
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            size += (
                size_of(Path(entry.path)) if is_folder else entry.stat(follow_symlinks=False).st_blocks * 512
            )
        except OSError:
            continue
    return size


def preview(cleaning: Cleaning) -> Removable:
    """What would be removed now."""
    return _PREVIEWS[cleaning]()


def clean(cleanings: Iterable[Cleaning]) -> int:
    """Remove it, as it is by now; the bytes that became free. Commits."""
    before = shutil.disk_usage(storage.data_dir()).free
    for cleaning in sorted(set(cleanings), key=list(Cleaning).index):
        found = preview(cleaning)
        _CLEANERS[cleaning]()
        record(AuditAction.PURGE, name=cleaning.value, number=found.count)
        db.session.commit()
    return max(0, shutil.disk_usage(storage.data_dir()).free - before)


def _thumbnails() -> Removable:
    files = [("", path) for path in _derived_files()]
    return Removable(len(files), sum(size_of(path) for _name, path in files))


def _derived_files() -> list[Path]:
    return [
        path
        for kind in ("thumbnails", "renditions", "tiles")
        for path in (storage.data_dir() / kind).glob("??/*")
    ]


def _remove_thumbnails() -> None:
    for path in _derived_files():
        if path.is_dir():  # the tiles of a photo
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _checkpoints() -> Removable:
    runs = db.session.execute(
        select(TrainingRun.id, TrainingRun.number, DetectionModel.name)
        .join(TrainingRun.model)
        .where(TrainingRun.status.not_in(ACTIVE))
        .order_by(TrainingRun.id)
    )
    folders = ((f"{name} · #{number}", storage.checkpoint_dir(run_id)) for run_id, number, name in runs)
    return Removable.of((name, folder) for name, folder in folders if folder.is_dir())


def _remove_checkpoints() -> None:
    over = select(TrainingRun.id).where(TrainingRun.status.not_in(ACTIVE))
    for run_id in db.session.scalars(over).all():
        if not storage.checkpoint_dir(run_id).is_dir():
            continue
        # Locked, so that nobody resumes it meanwhile.
        held = db.session.scalar(over.where(TrainingRun.id == run_id).with_for_update(of=TrainingRun))
        if held is not None:
            shutil.rmtree(storage.checkpoint_dir(run_id), ignore_errors=True)
        db.session.rollback()


def _exports() -> Removable:
    return Removable.of(
        (f"{run.model.name} · {(run.result or {}).get('filename', run.id)} ({run.id})", path)
        for run in export_runs.finished()
        if (path := export_runs.file_of(run)) is not None
    )


def _trash() -> Removable:
    photos, size = db.session.execute(
        select(func.count(TrashedImage.id), func.coalesce(func.sum(ImageFile.size), 0)).join(
            TrashedImage.file
        )
    ).one()
    models = db.session.scalars(
        select(DetectionModel).where(DetectionModel.deleted_at.is_not(None)).order_by(DetectionModel.id)
    ).all()
    runs = db.session.scalars(select(TrainingRun).where(TrainingRun.deleted_at.is_not(None))).all()
    names = [model.name for model in models] + [f"{run.model.name} · #{run.number}" for run in runs]
    folders = (at(run.id) for run in runs for at in (storage.run_dir, storage.checkpoint_dir))
    return Removable(photos + len(models) + len(runs), int(size) + sum(map(size_of, folders)), names[:NAMED])


def _empty_trash() -> None:
    at_once = timedelta(0)
    image_trash.purge(at_once)
    training_trash.purge(at_once)
    model_purge.purge(at_once)
    stored_files.free_unneeded_files()


_PREVIEWS: dict[Cleaning, Callable[[], Removable]] = {
    Cleaning.THUMBNAILS: _thumbnails,
    Cleaning.CHECKPOINTS: _checkpoints,
    Cleaning.EXPORTS: _exports,
    Cleaning.TRASH: _trash,
}
_CLEANERS: dict[Cleaning, Callable[[], object]] = {
    Cleaning.THUMBNAILS: _remove_thumbnails,
    Cleaning.CHECKPOINTS: _remove_checkpoints,
    Cleaning.EXPORTS: lambda: export_runs.remove_old(timedelta(0)),
    Cleaning.TRASH: _empty_trash,
}
