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
from webapp.runs.states import RunTakenAway

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
                except SQLAlchemyError as error:
                    _log.warning("heartbeat not stored: %s", error)
                except RunTakenAway as error:
                    # The run is over, or another worker owns it: the main thread notices it at its next write.
                    _log.info("heartbeat ends: %s", error)
                    return
                except Exception:
                    _log.exception("heartbeat ends")
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
