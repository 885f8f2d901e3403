"""Thumbnails: made soon after a photo came, behind the answer to who sent it; else when a page first asks for one.

Who has the picture in memory gives it to a thread of its own process. Where too many wait there, or the picture is not
at hand, the photo stands in a list in Redis, which one job of the io worker at a time works off: a job for each
would cost more than its thumbnail.
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
from webapp.formats.images.reduced import encode_thumbnail, make_thumbnail
from webapp.models import ImageFile

JOB = "jobs.tasks.files.make_thumbnails"
WAITING_AT_MOST = 32
"""Pictures that wait for the thread; 0.3 MB each."""
WANTED = "thumbnails:wanted"
AT_WORK = "thumbnails:at-work"
AT_WORK_SECONDS = 60
"""A worker that died is followed by the next upload's job after this time."""
_log = logging.getLogger(__name__)
_behind = ThreadPoolExecutor(1, "thumbnails")
_room = BoundedSemaphore(WAITING_AT_MOST)


def keep_behind(sha256: str, small: Image.Image) -> bool:
    """Write this thumbnail (``reduced.thumbnail_of``) while the caller goes on; False where too many wait."""
    if not _room.acquire(blocking=False):
        return False
    _behind.submit(_keep, storage.thumbnail_path(sha256), small)
    return True


def finish() -> None:
    """Return when those that wait for the thread are written: who ends the process by force would lose them."""
    _behind.submit(lambda: None).result()


def _keep(target: Path, small: Image.Image) -> None:
    try:
        if not _is_whole(target):
            _write(target, encode_thumbnail(small))
    except Exception:  # the page that shows the photo makes it, or says what is wrong
        _log.exception("no thumbnail at %s", target)
    finally:
        _room.release()


def want(hashes: Iterable[str]) -> None:
    """Have the thumbnails of these photos made; without Redis the pages make them when they are shown."""
    wanted = list(hashes)
    if not wanted:
        return
    try:
        # One way to Redis and back: this is asked for with each photo of an upload.
        pipeline = _redis().pipeline(transaction=False)
        pipeline.rpush(WANTED, *wanted)
        pipeline.set(AT_WORK, "1", nx=True, ex=AT_WORK_SECONDS)
        _length, nobody_at_work = pipeline.execute()
        if nobody_at_work:
            queues.enqueue(queues.IO, JOB)
    except RedisError as error:
        _log.error("%s thumbnails not asked for: %s", len(wanted), error)


def start_job() -> bool:
    """Queue the job where none is waiting or at work; whether it was queued."""
    if not _redis().set(AT_WORK, "1", nx=True, ex=AT_WORK_SECONDS):
        return False
    queues.enqueue(queues.IO, JOB)
    return True


def take(count: int, wait_seconds: float) -> list[str]:
    """The next wanted ones, at most ``count``; waits as long for the first where there is none."""
    redis = _redis()
    redis.expire(AT_WORK, AT_WORK_SECONDS)
    first = cast(Any, redis.blpop([WANTED], timeout=wait_seconds))
    if first is None:
        return []
    more = cast(Any, redis.lpop(WANTED, count - 1)) or []
    return [sha256.decode() for sha256 in [first[1], *more]]


def job_ends() -> None:
    """The job stops. One that was wanted meanwhile, when its photo saw a job at work, gets another job."""
    _redis().delete(AT_WORK)
    if _redis().llen(WANTED):
        start_job()


def make(file: ImageFile) -> Path:
    """The thumbnail's file, made where it is missing. Raises OSError where the stored photo is missing or
    damaged."""
    target = storage.thumbnail_path(file.sha256)
    if not _is_whole(target):
        _write(target, make_thumbnail(storage.image_path(file.sha256, file.suffix)))
    return target


def _write(target: Path, data: bytes) -> None:
    # Not flushed: one that a power cut left empty is made again.
    with atomic_path(target, flushed=False) as temporary:
        temporary.write_bytes(data)


def _is_whole(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _redis() -> Redis:
    return current_app.extensions["redis"]
