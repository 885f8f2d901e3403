"""Says in the database that a run's process is alive, from a thread of its own.

An iteration or an evaluation may take longer than the janitor waits, so the beat does not depend on them.
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
    """Call ``beat`` every five seconds until the block ends; a database that is away for a while is waited for."""
    done = threading.Event()

    def keep_beating() -> None:
        while not done.wait(INTERVAL_SECONDS):
            with app.app_context():
                try:
                    beat()
                except SQLAlchemyError:
                    _log.warning("heartbeat not stored", exc_info=True)
                except Exception:
                    # The run was taken away: its own thread finds out at the next iteration.
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
