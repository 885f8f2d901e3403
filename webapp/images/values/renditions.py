"""Pictures of 8 bits of photos that have more, one for each range of values: what everything but a download reads.

A photo of 8 bits is its own picture. Pictures of a range that nobody asked for during ``KEPT`` are deleted, and made
again when they are needed.
"""

import os
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from PIL import Image

from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.formats.images.decoding import open_deep
from webapp.formats.images.value_range import ValueRange
from webapp.models import ImageFile

KEPT = timedelta(days=30)
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored photo as 8 bits; for jobs and threads without the database."""

    source: Path
    """The stored file."""
    rendition: Path | None = None
    """Its picture where it has more than 8 bits, made or not."""
    shown: ValueRange | None = None
    """The range of values of this picture."""

    def path(self) -> Path:
        """The file of 8 bits, made if missing.

        Raises FileNotFoundError or ``ImageDamaged`` for the stored photo, OSError if the picture cannot be written. A
        photo of 8 bits is not looked at.
        """
        if self.rendition is None or self.shown is None:
            return self.source
        if not _is_made(self.rendition):
            picture = open_deep(self.source, self.shown)
            with atomic_path(self.rendition, flushed=False) as temporary:
                picture.save(temporary, "PNG", compress_level=1)
        return self.rendition


def picture_of(file: ImageFile, setting: ValueRange | None) -> Picture:
    """The picture of a stored photo, ``setting`` being the range of its model or run."""
    source, measured = storage.image_path(file.sha256, file.suffix), file.measured
    if measured is None:
        return Picture(source)
    shown = measured.range_with(setting)
    return Picture(source, storage.rendition_path(file.sha256, shown.key), shown)


def _is_made(path: Path) -> bool:
    try:
        made = path.stat()
    except FileNotFoundError:
        return False
    if made.st_size and time.time() - made.st_mtime > _DAY:
        os.utime(path)  # its last use, for ``remove_unused``
    return made.st_size > 0  # a power cut may leave it empty


def in_memory(file: ImageFile, shown: ValueRange) -> Image.Image:
    """The picture, without keeping it. Raises FileNotFoundError, ``ImageDamaged``."""
    return open_deep(storage.image_path(file.sha256, file.suffix), shown)


def remove_of(sha256: str) -> None:
    """Delete all pictures and thumbnails of a photo with more than 8 bits."""
    for kind in ("renditions", "thumbnails"):
        for path in (storage.data_dir() / kind / sha256[:2]).glob(f"{sha256}.*"):
            path.unlink(missing_ok=True)


def remove_unused() -> None:
    """Delete pictures that were not used for ``KEPT``."""
    oldest = time.time() - KEPT.total_seconds()
    for path in (storage.data_dir() / "renditions").glob("??/*.png"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
