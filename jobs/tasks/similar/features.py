"""The job of the predict worker that computes features of photos, by which similar ones are found."""

import time

from jobs.detection.network.scene_features import SceneFeatures, view_of
from jobs.processes.app_context import application
from jobs.tasks.similar.compare import TURN_SECONDS
from webapp.core import queues
from webapp.core.extensions import db
from webapp.images.similar import features, looking
from webapp.models import ImageFile

BATCH = 128
"""Photos in one transaction."""


def compute(model_id: int) -> None:
    """Compute missing features of a model's photos until none is left or ``TURN_SECONDS`` are over.

    The rest is queued again behind what waits, so that predictions need not.
    """
    with application().app_context():
        end = time.monotonic() + TURN_SECONDS
        network = SceneFeatures()
        try:
            while files := features.next_files(model_id, BATCH):
                if time.monotonic() > end:
                    queues.enqueue(queues.PREDICT, features.JOB, model_id)
                    break
                features.store(features_of(network, files))
        finally:
            db.session.remove()


def features_of(network: SceneFeatures, files: list[ImageFile]) -> dict[str, bytes]:
    """By SHA-256; empty for a photo whose file cannot be read."""
    views = looking.look_at(files, view_of)
    found = dict.fromkeys((file.sha256 for file in files), b"")
    # End the transaction: the network takes a while.
    db.session.rollback()
    if views:
        found |= dict(zip(views, network(list(views.values())), strict=True))
    return found
