"""Paths of files under ``DATA_DIR``."""

import os
import secrets
import shutil
from pathlib import Path

from flask import current_app

FOLDERS = (
    "photos",
    "thumbnails",
    "renditions",
    "tiles",
    "weights",
    "checkpoints",
    "runs",
    "results",
    "uploads",
    "exports",
    "backups",
    "secrets",
)


def data_dir() -> Path:
    """``DATA_DIR`` of the current app."""
    return current_app.extensions["settings"].data_dir


def prepare(folder: Path) -> None:
    """Make the folders, closed to other users of the machine; raises OSError where the disk does not allow it."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
        # Also those of earlier versions, whose files anybody could read.
        (folder / name).chmod(0o700)


def keep_private() -> None:
    """What this process writes from now on can be read by its own user alone. For each process, when it starts."""
    os.umask(0o077)


def share() -> None:
    """What this process writes from now on can be read by others: results in a watched folder are for them."""
    os.umask(0o022)


def image_path(sha256: str, suffix: str) -> Path:
    """The stored photo with this hash."""
    return data_dir() / "photos" / sha256[:2] / f"{sha256}{suffix}"


def thumbnail_path(sha256: str, range_key: str = "") -> Path:
    """Its thumbnail, a WebP; of a photo with more than 8 bits one for each range of values (``ValueRange.key``)."""
    name = f"{sha256}.{range_key}" if range_key else sha256
    return data_dir() / "thumbnails" / sha256[:2] / f"{name}.webp"


def rendition_path(sha256: str, range_key: str) -> Path:
    """The picture of 8 bits of a photo that has more, in a range of values; a PNG."""
    return data_dir() / "renditions" / sha256[:2] / f"{sha256}.{range_key}.png"


def weights_path(name: str) -> Path:
    """A weights file; ``name`` is relative to ``DATA_DIR``, as the table keeps it."""
    return data_dir() / name


def checkpoint_dir(run_id: int) -> Path:
    """The checkpoints of a training run."""
    return data_dir() / "checkpoints" / str(run_id)


def run_dir(run_id: int) -> Path:
    """Other files of a training run: its log and the sample pictures of its validations."""
    return data_dir() / "runs" / str(run_id)


def results_dir(prediction_run_id: int) -> Path:
    """The drawn pictures of a prediction run."""
    return data_dir() / "results" / str(prediction_run_id)


def result_picture_path(prediction_run_id: int, photo_id: int) -> Path:
    """The drawn picture of one predicted photo."""
    return results_dir(prediction_run_id) / f"{photo_id}.jpg"


def exports_dir() -> Path:
    """Finished exports, kept for some days, and temporary label files of downloads."""
    return data_dir() / "exports"


def imports_dir() -> Path:
    """One folder for each import that is not finished."""
    return data_dir() / "uploads" / "imports"


def import_dir(import_id: int) -> Path:
    """The files of one import, each named by its row id, and the small ones together."""
    return imports_dir() / str(import_id)


def remove_import_dir(import_id: int) -> None:
    """Delete the files of an import."""
    shutil.rmtree(import_dir(import_id), ignore_errors=True)


def is_writable() -> bool:
    """Whether a file can be written now (for the health check)."""
    probe = data_dir() / "uploads" / f".probe-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError:
        return False
    return shutil.disk_usage(data_dir()).free > 2**20
