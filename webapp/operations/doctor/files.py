"""Checks of the files below ``DATA_DIR`` against the rows that name them."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select, text

from webapp.core import storage
from webapp.core.extensions import db
from webapp.images import stored_content
from webapp.models import DetectionModel, ImageFile, PredictionRun, TrainingRun, Weights
from webapp.operations.doctor.findings import EXAMPLES, Complaint

OLD_SECONDS = 24 * 3600
"""A file that is younger may belong to something that is under way."""
OF_OTHERS = {"postgres", "valkey", "run", "watch"}
"""Folders of ``DATA_DIR`` that are the servers' own, or shared on purpose."""


def photo_files() -> Iterator[Complaint]:
    """Files of photos without a row, such as a restored backup leaves."""
    known = set(db.session.scalars(select(ImageFile.sha256)))
    left = [path for path in (storage.data_dir() / "photos").glob("??/*") if path.stem not in known]
    left = [path for path in left if _is_old(path)]
    if left:
        yield Complaint(
            f"{len(left)} files of photos belong to nothing: they only take room.",
            _names(left),
            lambda: _remove_photos(left),
        )


def photos() -> Iterator[Complaint]:
    """Photos whose file is missing, or is not what was written."""
    missing: list[str] = []
    damaged: list[str] = []
    for sha256 in db.session.scalars(select(ImageFile.sha256).order_by(ImageFile.sha256)).all():
        file = db.session.get(ImageFile, sha256)
        if file is not None and not stored_content.is_whole(file):
            path = storage.image_path(file.sha256, file.suffix)
            (damaged if path.exists() else missing).append(stored_content.name_of(file))
        db.session.expunge_all()
    if missing:
        yield Complaint(f"{len(missing)} photos have no file any more: add them again.", missing[:EXAMPLES])
    if damaged:
        yield Complaint(
            f"{len(damaged)} photos are damaged on the disk: add them again, and have the disk looked at.",
            damaged[:EXAMPLES],
        )


def weights() -> Iterator[Complaint]:
    """Weights without a file, and files without weights."""
    rows = db.session.execute(select(Weights.path, Weights.run_id, Weights.kind, Weights.id)).all()
    in_use = set(db.session.scalars(select(DetectionModel.weights_in_use_id)))
    # Of a run that was deleted for good the row may stay, for the predictions with it.
    needed = [
        path for path, run_id, kind, row_id in rows if run_id is not None or kind is None or row_id in in_use
    ]
    gone = [path for path in needed if not storage.weights_path(path).is_file()]
    if gone:
        yield Complaint(f"{len(gone)} files of weights are missing: train again.", gone[:EXAMPLES])
    known = {storage.weights_path(path) for path, _run_id, _kind, _id in rows}
    left = [
        path for path in (storage.data_dir() / "weights").rglob("*") if path.is_file() and path not in known
    ]
    yield from _left(left, "files of weights")


def folders_of_runs() -> Iterator[Complaint]:
    """Folders of runs that are not there any more."""
    for folder, table in (("checkpoints", TrainingRun), ("runs", TrainingRun), ("results", PredictionRun)):
        known = {str(run_id) for run_id in db.session.scalars(select(table.id))}
        left = [path for path in (storage.data_dir() / folder).iterdir() if path.name not in known]
        yield from _left(left, f"folders in {folder}/")


def rights() -> Iterator[Complaint]:
    """Files that other users of the machine may read."""
    open_ = [path for path in _own_files() if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    if open_:
        yield Complaint(
            f"{len(open_)} files and folders can be read by other users of this machine.",
            _names(open_),
            lambda: _close(open_),
        )


def _left(paths: list[Path], what: str) -> Iterator[Complaint]:
    old = [path for path in paths if _is_old(path)]
    if old:
        yield Complaint(
            f"{len(old)} {what} belong to nothing: they only take room.", _names(old), lambda: _remove(old)
        )


def _is_old(path: Path) -> bool:
    with suppress(OSError):
        return path.lstat().st_mtime < time.time() - OLD_SECONDS
    return False


def _names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(storage.data_dir())) for path in paths[:EXAMPLES]]


def _own_files() -> Iterator[Path]:
    for top in storage.data_dir().iterdir():
        if top.name in OF_OTHERS or top.is_symlink():
            continue
        yield top
        for folder, names, files in os.walk(top):
            yield from (
                Path(folder, name) for name in (*names, *files) if not Path(folder, name).is_symlink()
            )


def _remove_photos(paths: list[Path]) -> None:
    # Who stores a photo has its row first and waits here, then finds no file and writes it.
    db.session.execute(text("LOCK TABLE image_file IN SHARE MODE"))
    known = set(db.session.scalars(select(ImageFile.sha256)))
    for path in paths:
        if path.stem not in known:
            path.unlink(missing_ok=True)
    db.session.commit()


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _close(paths: list[Path]) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & 0o700)
