"""Large photos as tiles for the annotator: a browser that decoded 12,000 x 12,000 pixels whole would need 600 MB.

A pyramid: level 0 fits into one tile, each further level has twice its size, the last one is the photo. A level is a
folder of JPEGs ``x_y.jpg``; it is there whole or not at all. Cut by the io worker after the upload; of a photo that
has none yet the levels up to ``OVERVIEW_SIDE`` are cut when they are first asked for, and the others requested.
"""

import math
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from PIL import Image

from webapp.contracts.atomic_file import atomic_folder
from webapp.core import disk_space, queues, storage
from webapp.formats.images.large import LARGE_PIXELS, turn_of
from webapp.formats.images.reduced import draft, opened_photo
from webapp.formats.images.value_range import ValueRange
from webapp.images.values import renditions
from webapp.models import ImageFile

JOB = "jobs.tasks.files.cut_tiles"
SIDE = 512
"""Pixels; neighbours overlap by ``OVERLAP``, so that no line shows between them."""
OVERLAP = 1
OVERVIEW_SIDE = 2048
"""A JPEG is decoded at an eighth for these: in a fifth of the time and a fiftieth of the memory."""
QUALITY = 90
KEPT = timedelta(days=30)
_MOST_PROFILE = 16_384
_one_at_a_time = threading.Lock()
_DAY = 24 * 3600


@dataclass(frozen=True)
class Level:
    """One size of the photo, pixels."""

    number: int
    width: int
    height: int

    def boxes(self) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
        """Name and box of each tile."""
        for y in range(math.ceil(self.height / SIDE)):
            for x in range(math.ceil(self.width / SIDE)):
                left, top = max(0, x * SIDE - OVERLAP), max(0, y * SIDE - OVERLAP)
                right = min(self.width, (x + 1) * SIDE + OVERLAP)
                lower = min(self.height, (y + 1) * SIDE + OVERLAP)
                yield f"{x}_{y}.jpg", (left, top, right, lower)


def is_tiled(file: ImageFile) -> bool:
    """Whether the photo is so large."""
    return file.width * file.height > LARGE_PIXELS


def levels(width: int, height: int) -> list[Level]:
    """From the smallest to the photo itself."""
    count = 1 + max(0, math.ceil(math.log2(max(width, height) / SIDE)))
    shares = [2 ** (count - 1 - number) for number in range(count)]
    return [
        Level(number, math.ceil(width / share), math.ceil(height / share))
        for number, share in enumerate(shares)
    ]


def exists(file: ImageFile, number: int, x: int, y: int) -> bool:
    """Whether the pyramid has such a tile, cut or not."""
    pyramid = levels(file.width, file.height)
    return number < len(pyramid) and x * SIDE < pyramid[number].width and y * SIDE < pyramid[number].height


def key_of(file: ImageFile, setting: ValueRange | None) -> str:
    """Names the range of values in addresses; «8» for a photo of 8 bits."""
    measured = file.measured
    return measured.range_with(setting).key if measured else "8"


def request(file: ImageFile, key: str) -> None:
    """Have the io worker cut what is missing; not on a disk that is nearly full."""
    if not disk_space.is_short():
        queues.enqueue_once(queues.IO, JOB, f"tiles-{file.sha256}-{key}", file.sha256, key)


def cut(file: ImageFile, key: str, most_side: int | None = None) -> None:
    """Cut the levels that are missing, up to ``most_side`` pixels.

    Raises FileNotFoundError or ``ImageDamaged`` for the stored photo, OSError if a tile cannot be written.
    """
    folder = _folder(file.sha256, key)
    wanted = [
        level for level in levels(file.width, file.height) if most_side is None or _side(level) <= most_side
    ]
    missing = [level for level in wanted if not (folder / str(level.number)).is_dir()]
    if not missing:
        return
    largest = missing[-1]
    path = renditions.picture_of(file, ValueRange.of_key(key)).path()
    with opened_photo(path) as photo:
        draft(photo, _side(largest))
        with turn_of(photo.width * photo.height):
            profile = photo.info.get("icc_profile") or b""
            # Not converted to what it is: that would be a second copy.
            picture: Image.Image = photo if photo.mode in {"L", "RGB"} else photo.convert("RGB")
            # From the largest on, each made of the one before, which is then let go.
            for level in reversed(missing):
                if picture.size != (level.width, level.height):
                    picture = picture.resize((level.width, level.height), Image.Resampling.BOX)
                _write(picture, level, folder / str(level.number), profile)


def _write(picture: Image.Image, level: Level, folder: Path, profile: bytes) -> None:
    kept = profile if len(profile) <= _MOST_PROFILE else b""
    with atomic_folder(folder) as unfinished:
        for name, box in level.boxes():
            picture.crop(box).save(
                unfinished / name, "JPEG", quality=QUALITY, subsampling=0, icc_profile=kept
            )


def find(file: ImageFile, key: str, number: int, name: str) -> Path | None:
    """The tile; None while the worker has yet to cut it, which is requested. Raises as ``cut``."""
    level = _folder(file.sha256, key) / str(number)
    tile = level / name
    if not _is_whole(tile):
        with _one_at_a_time:  # a browser asks for several tiles at once
            if tile.is_file() and not _is_whole(tile):  # a power cut may leave it empty
                shutil.rmtree(level, ignore_errors=True)
            cut(file, key, OVERVIEW_SIDE)
        request(file, key)
    if number == 0:
        _note_use(level)
    return tile if _is_whole(tile) else None


def remove_of(sha256: str) -> None:
    """Delete all tiles of a photo."""
    for folder in (storage.data_dir() / "tiles" / sha256[:2]).glob(f"{sha256}.*"):
        shutil.rmtree(folder, ignore_errors=True)


def remove_unused() -> None:
    """Delete the tiles of photos that were not opened for ``KEPT``."""
    oldest = time.time() - KEPT.total_seconds()
    for folder in (storage.data_dir() / "tiles").glob("??/*"):
        level = folder / "0"
        if (level if level.is_dir() else folder).stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(sha256: str, key: str) -> Path:
    return storage.data_dir() / "tiles" / sha256[:2] / f"{sha256}.{key}"


def _side(level: Level) -> int:
    return max(level.width, level.height)


def _is_whole(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _note_use(level: Path) -> None:
    if level.is_dir() and time.time() - level.stat().st_mtime > _DAY:
        os.utime(level)
