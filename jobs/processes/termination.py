"""Whether the worker of this process was asked to shut down (SIGTERM or SIGINT; RQ stores the date in Redis).

A training then saves a checkpoint and returns to the queue, from which it continues after the next start
(``WorkerEnds`` in ``jobs/tasks/training.py``).
"""

import os

from flask import current_app
from redis.exceptions import RedisError
from rq import Worker


def is_ending() -> bool:
    """Whether a shutdown was requested; works in every process that the work horse started, too.

    False outside a worker and while Redis is unavailable.
    """
    name = os.environ.get("RQ_WORKER_ID")
    if name is None:
        return False
    worker = Worker([], name=name, connection=current_app.extensions["redis"], prepare_for_work=False)
    try:
        return worker.shutdown_requested_date is not None
    except RedisError:
        return False
