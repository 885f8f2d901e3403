"""Retries a database operation while PostgreSQL is unavailable, so that a restart of it does not fail a training."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from webapp.core.extensions import db

RETRY_SECONDS = 600.0
"""How long an operation is retried before its error is raised."""
_log = logging.getLogger(__name__)
Result = TypeVar("Result")


def retry_while_away(operation: Callable[[], Result]) -> Result:
    """Run ``operation`` once a second until it succeeds; raises the database's error after ``RETRY_SECONDS``.

    The session is rolled back between attempts, so ``operation`` must load its rows itself and be safe to repeat.
    """
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return operation()
        except (OperationalError, InterfaceError) as error:
            db.session.rollback()
            if time.monotonic() > deadline:
                raise
            _log.warning("the database is unavailable, retrying: %s", error)
            time.sleep(1)
