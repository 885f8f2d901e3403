"""Thumbnails: made by the io worker soon after a photo came, else when a page first asks for one.

Photos come one a request. A job for each would cost more than its thumbnail, so the wanted ones wait in a list
in Redis, and one job at a time works it off.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError

from webapp.atomic_file import atomic_path
from webapp.formats.photo_reduced import make_thumbnail
from webapp.models import ImageFile
from webapp.services import queues, storage

JOB = "jobs.tasks_io.make_thumbnails"
SIDE = 320
"""Pixels; twice the gallery's square on the screen, for sharp displays."""
WANTED = "thumbnails:wanted"
AT_WORK = "thumbnails:at-work"
AT_WORK_SECONDS = 60
"""A worker that died is followed by the next upload's job after this time."""
_log = logging.getLogger(__name__)


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
        data = make_thumbnail(storage.photo_path(file.sha256, file.suffix), SIDE)
        with atomic_path(target, flushed=False) as temporary:
            temporary.write_bytes(data)
    return target


def _is_whole(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _redis() -> Redis:
    return current_app.extensions["redis"]
