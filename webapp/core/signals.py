"""Notifies open pages that a run changed; a signal carries no data, the page then fetches its panel.

One Redis stream for all topics, trimmed to its newest entries. A reader that was disconnected continues from
the last id it read, and a page that reconnects reads the database anyway.
"""

import json
import logging
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import event

from webapp.core.extensions import db

STREAM = "signals"
MAX_LENGTH = 2000
ACCESS = "access"
"""Topic: a session ended, or what somebody may see has changed. Open streams look whether they may go on."""
_log = logging.getLogger(__name__)


def publish(topic: str, **data: Any) -> None:
    """Notify all web processes. When Redis is unavailable the signal is lost and no error is raised."""
    try:
        current_app.extensions["redis"].xadd(
            STREAM, {"topic": topic, "data": json.dumps(data)}, maxlen=MAX_LENGTH, approximate=True
        )
    except RedisError as error:
        _log.warning("signal of %s not sent: %s", topic, error)


def publish_after_commit(topic: str) -> None:
    """Publish when the transaction of this session is committed: readers of the signal then see what it changed."""
    event.listen(db.session(), "after_commit", lambda _session: publish(topic), once=True)


def training_topic(run_id: int) -> str:
    """The topic of a training run."""
    return f"training-run:{run_id}"


def library_topic(run_id: int) -> str:
    """The topic of an import, export or copy."""
    return f"library-run:{run_id}"


def prediction_topic(run_id: int) -> str:
    """The topic of a prediction run."""
    return f"prediction-run:{run_id}"
