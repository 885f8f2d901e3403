"""Hands work to the workers. Jobs are named by their dotted path: the web never imports ``jobs``."""

import logging
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job

TRAIN = "train"
PREDICT = "predict"
IO = "io"
_log = logging.getLogger(__name__)


def enqueue(queue: str, function: str, *args: Any) -> str | None:
    """The job's id; None where Redis is away: the janitor enqueues the row again.

    Call it after the commit that made the row, so that a worker finds it. No time limit: a run is
    stopped by its user or its own checks. ``result_ttl`` 0: the truth lives in PostgreSQL.
    """
    try:
        job = Queue(queue, connection=current_app.extensions["redis"]).enqueue(
            function, args=args, job_timeout=-1, result_ttl=0, failure_ttl=86400
        )
    except RedisError as error:
        _log.error("%s%s not enqueued: %s", function, args, error)
        return None
    return job.id


def train_queue(machine_rank: int) -> str:
    """The queue of a machine's train worker: one that only takes part in the runs of another has its own."""
    return TRAIN if machine_rank == 0 else f"{TRAIN}-{machine_rank}"


def has_started(job_id: str) -> bool:
    """Whether a worker has taken the job."""
    try:
        return Job.fetch(job_id, connection=current_app.extensions["redis"]).get_status() == "started"
    except (NoSuchJobError, RedisError):
        return False


def waiting(queue: str) -> int:
    """How many jobs wait in this queue."""
    return Queue(queue, connection=current_app.extensions["redis"]).count


def enqueue_once(queue: str, function: str, job_id: str, *args: Any) -> None:
    """Queue work that has no row of its own, unless the same is waiting or at work already."""
    try:
        if not is_known(job_id):
            Queue(queue, connection=current_app.extensions["redis"]).enqueue(
                function, args=args, job_id=job_id, job_timeout=-1, result_ttl=0, failure_ttl=60
            )
    except RedisError as error:
        _log.error("%s%s not enqueued: %s", function, args, error)


def is_known(job_id: str) -> bool:
    """Whether the queue still has the job, waiting or at work."""
    try:
        job = Job.fetch(job_id, connection=current_app.extensions["redis"])
    except NoSuchJobError:
        return False
    return job.get_status() in ("queued", "started", "deferred", "scheduled")


def forget(job_id: str) -> None:
    """Take a waiting job out of its queue."""
    try:
        Job.fetch(job_id, connection=current_app.extensions["redis"]).delete()
    except (NoSuchJobError, RedisError):
        _log.info("job %s was gone already", job_id)
