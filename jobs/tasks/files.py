"""Jobs of the io worker without a run: thumbnails, hashes, purges. Never imports torch."""

import logging
import time

from sqlalchemy import select

from jobs.processes.app_context import application
from webapp.core import queues
from webapp.core.extensions import db
from webapp.images import stored_files, thumbnails, tiles
from webapp.images.similar import perceptual_hashes
from webapp.models import ImageFile
from webapp.projects import purge as model_purge

THUMBNAILS_AT_ONCE = 50
WAIT_SECONDS = 0.5
"""How long the job waits for the next photo of an upload before it ends."""
GATHER_SECONDS = 0.25
"""Photos are gathered for this time: a batch costs much less than single ones."""
_log = logging.getLogger(__name__)


def make_thumbnails() -> None:
    """Make queued thumbnails until none is left, or another job waits for this worker."""
    with application().app_context():
        while hashes := thumbnails.next_requested(THUMBNAILS_AT_ONCE, WAIT_SECONDS):
            for file in db.session.scalars(select(ImageFile).where(ImageFile.sha256.in_(hashes))):
                try:
                    thumbnails.make(file)
                except Exception:  # an error of one photo does not stop the others
                    _log.exception("no thumbnail of %s", file.sha256)
            db.session.rollback()
            if queues.waiting(queues.IO):
                break
            if len(hashes) < THUMBNAILS_AT_ONCE:
                time.sleep(GATHER_SECONDS)
        thumbnails.job_ends()


def cut_tiles(sha256: str, key: str) -> None:
    """Cut the tiles of a large photo in the range of values of this key, if the photo is still there."""
    with application().app_context():
        file = db.session.get(ImageFile, sha256)
        db.session.rollback()  # cutting takes seconds
        if file is not None:
            tiles.cut(file, key)


def fill_hashes(after: str = "") -> None:
    """Compute the hashes of photos older than that column, a batch for each job."""
    with application().app_context():
        last = perceptual_hashes.fill_some(after)
        if last is not None:
            queues.enqueue(queues.IO, perceptual_hashes.JOB, last)


def free_unneeded_files() -> None:
    """Delete stored files without references, after something was deleted for good."""
    with application().app_context():
        _log.info("%s files freed", stored_files.free_unneeded_files())


def purge_models() -> None:
    """Purge models that were deleted for good, then stored files without references."""
    with application().app_context():
        _log.info("%s models taken away", model_purge.purge())
        _log.info("%s files freed", stored_files.free_unneeded_files())
