"""Enqueues jobs for the RQ workers. A job is named by its dotted path: the web never imports ``jobs``."""

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
    """The job's id; None when Redis is unavailable: the janitor enqueues the row later.

    Call it after the commit that made the row, so that a worker finds it. No time limit: a run is stopped by
    its user or its own checks. ``result_ttl`` 0: results are in PostgreSQL.
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
    """The queue of a machine's train worker: ``train`` on the leading machine, ``train-<rank>`` on the others."""
    return TRAIN if machine_rank == 0 else f"{TRAIN}-{machine_rank}"


def has_started(job_id: str) -> bool:
    """Whether a worker has started the job."""
    try:
        return Job.fetch(job_id, connection=current_app.extensions["redis"]).get_status() == "started"
    except (NoSuchJobError, RedisError):
        return False


def waiting(queue: str) -> int:
    """How many jobs wait in this queue."""
    return Queue(queue, connection=current_app.extensions["redis"]).count


def enqueue_once(queue: str, function: str, job_id: str, *args: Any) -> None:
    """Enqueue a job that has no row in the database, unless the same job is queued or running."""
    try:
        if not is_known(job_id):
            Queue(queue, connection=current_app.extensions["redis"]).enqueue(
                function, args=args, job_id=job_id, job_timeout=-1, result_ttl=0, failure_ttl=60
            )
    except RedisError as error:
        _log.error("%s%s not enqueued: %s", function, args, error)


def is_known(job_id: str) -> bool:
    """Whether RQ still has the job, queued or running."""
    try:
        job = Job.fetch(job_id, connection=current_app.extensions["redis"])
    except NoSuchJobError:
        return False
    return job.get_status() in ("queued", "started", "deferred", "scheduled")


def forget(job_id: str) -> None:
    """Remove a queued job."""
    try:
        Job.fetch(job_id, connection=current_app.extensions["redis"]).delete()
    except (NoSuchJobError, RedisError):
        _log.info("job %s was gone already", job_id)
