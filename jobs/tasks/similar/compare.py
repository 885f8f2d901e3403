"""The job that finds similar photos. Never imports torch."""

import time

from jobs.processes.app_context import application
from webapp.core.extensions import db
from webapp.images.similar import near_duplicates

TURN_SECONDS = 10
"""The job ends after this time, so that other jobs of the io worker can run; the janitor queues the rest."""


def compare_images(model_id: int) -> None:
    """Compare waiting photos of a model until none is left or ``TURN_SECONDS`` are over."""
    with application().app_context():
        end = time.monotonic() + TURN_SECONDS
        try:
            while near_duplicates.compare_some(model_id) and time.monotonic() < end:
                pass
        finally:
            db.session.remove()
