"""Whether the worker of this process was told to end: long work then comes to rest, so that it can go on later."""

import os

from flask import current_app
from redis.exceptions import RedisError
from rq import Worker


def is_ending() -> bool:
    """Asks what RQ notes of its worker; also in a process that the work horse has started.

    False outside of a worker, and while Redis is away.
    """
    name = os.environ.get("RQ_WORKER_ID")
    if name is None:
        return False
    worker = Worker([], name=name, connection=current_app.extensions["redis"], prepare_for_work=False)
    try:
        return worker.shutdown_requested_date is not None
    except RedisError:
        return False
