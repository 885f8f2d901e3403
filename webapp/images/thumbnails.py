"""Makes thumbnails: soon after a photo was uploaded, outside its request; else when a page first requests one.

If the decoded photo is in memory, a thread of the same process writes the thumbnail. If that thread has too
many, or the photo is not decoded, its hash is pushed to a list in Redis, which a single job of the io worker
processes: a job for each thumbnail would cost more than the thumbnail.
"""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, cast

from flask import current_app
from PIL import Image
from redis import Redis
from redis.exceptions import RedisError

from webapp.contracts.atomic_file import atomic_path
from webapp.core import queues, storage
from webapp.formats.images.reduced import encode_thumbnail, make_thumbnail, thumbnail_of
from webapp.formats.images.value_range import ValueRange
from webapp.images.values import renditions
from webapp.models import ImageFile

JOB = "jobs.tasks.files.make_thumbnails"
WAITING_AT_MOST = 32
"""Most pictures queued for the thread; 0.3 MB each."""
WANTED = "thumbnails:wanted"
AT_WORK = "thumbnails:at-work"
AT_WORK_SECONDS = 60
"""Expiry of the «job at work» mark: if the worker died, the next upload queues a job after this time."""
_log = logging.getLogger(__name__)
_behind = ThreadPoolExecutor(1, "thumbnails")
_room = BoundedSemaphore(WAITING_AT_MOST)


def write_later(file: ImageFile, small: Image.Image) -> bool:
    """Write this thumbnail (``reduced.thumbnail_of``) in the background; False if too many are queued.

    It is in the range that the photo has by itself, where it has more than 8 bits.
    """
    if not _room.acquire(blocking=False):
        return False
    _behind.submit(_keep, path_of(file), small)
    return True


def finish() -> None:
    """Wait until all queued thumbnails are written; a process that exits without it loses them."""
    _behind.submit(lambda: None).result()


def _keep(target: Path, small: Image.Image) -> None:
    try:
        if not _is_whole(target):
            _write(target, encode_thumbnail(small))
    except Exception:  # the page that shows the photo makes it, or reports the error
        _log.exception("no thumbnail at %s", target)
    finally:
        _room.release()


def request(hashes: Iterable[str]) -> None:
    """Queue the thumbnails of these photos; without Redis they are made when pages request them."""
    wanted = list(hashes)
    if not wanted:
        return
    try:
        # A single round trip to Redis, since this runs for each photo of an upload.
        pipeline = _redis().pipeline(transaction=False)
        pipeline.rpush(WANTED, *wanted)
        pipeline.set(AT_WORK, "1", nx=True, ex=AT_WORK_SECONDS)
        _length, nobody_at_work = pipeline.execute()
        if nobody_at_work:
            queues.enqueue(queues.IO, JOB)
    except RedisError as error:
        _log.error("%s thumbnails not asked for: %s", len(wanted), error)


def start_job() -> bool:
    """Queue the job unless it is queued or running; returns whether it was queued."""
    if not _redis().set(AT_WORK, "1", nx=True, ex=AT_WORK_SECONDS):
        return False
    queues.enqueue(queues.IO, JOB)
    return True


def next_requested(count: int, wait_seconds: float) -> list[str]:
    """Pop at most ``count`` hashes; waits up to ``wait_seconds`` for the first."""
    redis = _redis()
    redis.expire(AT_WORK, AT_WORK_SECONDS)
    first = cast(Any, redis.blpop([WANTED], timeout=wait_seconds))
    if first is None:
        return []
    more = cast(Any, redis.lpop(WANTED, count - 1)) or []
    return [sha256.decode() for sha256 in [first[1], *more]]


def job_ends() -> None:
    """The job ends. If hashes were pushed in the meantime (by requests that saw it running), queue another job."""
    _redis().delete(AT_WORK)
    if _redis().llen(WANTED):
        start_job()


def path_of(file: ImageFile, setting: ValueRange | None = None) -> Path:
    """Where the thumbnail lies, made or not; ``setting`` is the range of values of its model."""
    measured = file.measured
    key = measured.range_with(setting).key if measured else ""
    return storage.thumbnail_path(file.sha256, key)


def make(file: ImageFile, setting: ValueRange | None = None) -> Path:
    """Path of the thumbnail, which is made if missing.

    Raises FileNotFoundError or ``ImageDamaged`` for the stored photo, OSError if the thumbnail cannot be written.
    """
    target = path_of(file, setting)
    if not _is_whole(target):
        _write(target, made(file, setting))
    return target


def made(file: ImageFile, setting: ValueRange | None) -> bytes:
    """A thumbnail that is not kept. Raises FileNotFoundError, ``ImageDamaged``."""
    measured = file.measured
    if measured is None:
        return make_thumbnail(storage.image_path(file.sha256, file.suffix))
    return encode_thumbnail(thumbnail_of(renditions.in_memory(file, measured.range_with(setting))))


def _write(target: Path, data: bytes) -> None:
    # Not flushed: an empty file, left by a power cut, is made again.
    with atomic_path(target, flushed=False) as temporary:
        temporary.write_bytes(data)


def _is_whole(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _redis() -> Redis:
    return current_app.extensions["redis"]
