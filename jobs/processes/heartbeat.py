"""Heartbeat of a run: a thread that updates ``heartbeat_at`` in the database.

A separate thread, since an iteration or an evaluation may take longer than the janitor's limit.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.extensions import db

INTERVAL_SECONDS = 5.0
_log = logging.getLogger(__name__)


@contextmanager
def beating(app: Flask, beat: Callable[[], None]) -> Iterator[None]:
    """Call ``beat`` every five seconds until the block ends; database errors are logged and ignored."""
    done = threading.Event()

    def keep_beating() -> None:
        while not done.wait(INTERVAL_SECONDS):
            with app.app_context():
                try:
                    beat()
                except SQLAlchemyError:
                    _log.warning("heartbeat not stored", exc_info=True)
                except Exception:
                    # Another worker owns the run: the main thread notices it at its next write.
                    _log.info("heartbeat ends", exc_info=True)
                    return
                finally:
                    db.session.remove()

    thread = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
