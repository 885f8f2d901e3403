"""Tells the open pages that something changed. PostgreSQL has the truth; a signal only says «look again».

One Redis stream for all topics, cut to its newest entries: a reader that was away continues from the id it
knows, and a page that reconnects looks at the database anyway.
"""

import json
import logging
from typing import Any

from flask import current_app
from redis.exceptions import RedisError

STREAM = "signals"
MAX_LENGTH = 2000
_log = logging.getLogger(__name__)


def publish(topic: str, **data: Any) -> None:
    """Send to all web processes; a Redis that is away costs the signal, never the work."""
    try:
        current_app.extensions["redis"].xadd(
            STREAM, {"topic": topic, "data": json.dumps(data)}, maxlen=MAX_LENGTH, approximate=True
        )
    except RedisError as error:
        _log.warning("signal of %s not sent: %s", topic, error)


def training_topic(run_id: int) -> str:
    """The topic of a training run."""
    return f"training-run:{run_id}"


def library_topic(run_id: int) -> str:
    """The topic of an import, export or copy."""
    return f"library-run:{run_id}"


def prediction_topic(run_id: int) -> str:
    """The topic of a prediction run."""
    return f"prediction-run:{run_id}"
