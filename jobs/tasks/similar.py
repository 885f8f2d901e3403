"""Looks for photos that look the same. Never imports torch."""

import time

from jobs.processes.app_context import application
from webapp.core.extensions import db
from webapp.images.similar import near_duplicates

TURN_SECONDS = 10
"""Then other work of the io worker has its turn; the janitor queues the rest."""


def compare_images(model_id: int) -> None:
    """Compare the photos of a model that wait, until none is left or the turn is over."""
    with application().app_context():
        end = time.monotonic() + TURN_SECONDS
        try:
            while near_duplicates.compare_some(model_id) and time.monotonic() < end:
                pass
        finally:
            db.session.remove()
