"""Work with files that must not keep a page waiting. Never imports torch."""

import logging
import time

from sqlalchemy import select

from jobs.processes.app_context import application
from webapp.core import queues
from webapp.core.extensions import db
from webapp.images import stored_files, thumbnails
from webapp.images.similar import perceptual_hashes
from webapp.models import ImageFile
from webapp.projects import purge as model_purge

THUMBNAILS_AT_ONCE = 50
WAIT_SECONDS = 0.5
"""Photos of an upload come one after the other: the job waits so long for the next one."""
GATHER_SECONDS = 0.25
"""A few together cost much less than each alone."""
_log = logging.getLogger(__name__)


def make_thumbnails() -> None:
    """Make the thumbnails that are wanted until none is left, or other work waits for this worker."""
    with application().app_context():
        while hashes := thumbnails.take(THUMBNAILS_AT_ONCE, WAIT_SECONDS):
            for file in db.session.scalars(select(ImageFile).where(ImageFile.sha256.in_(hashes))):
                try:
                    thumbnails.make(file)
                except Exception:  # one photo, whatever is wrong with it, does not stop the others
                    _log.exception("no thumbnail of %s", file.sha256)
            db.session.rollback()
            if queues.waiting(queues.IO):
                break
            if len(hashes) < THUMBNAILS_AT_ONCE:
                time.sleep(GATHER_SECONDS)
        thumbnails.job_ends()


def fill_hashes(after: str = "") -> None:
    """Give photos that came before perceptual hashes were kept theirs, some at a time."""
    with application().app_context():
        last = perceptual_hashes.fill_some(after)
        if last is not None:
            queues.enqueue(queues.IO, perceptual_hashes.JOB, last)


def free_unneeded_files() -> None:
    """Remove the files that nothing needs, after something was deleted for good."""
    with application().app_context():
        _log.info("%s files freed", stored_files.free_unneeded_files())


def purge_models() -> None:
    """Take away the models that were deleted for good, and the files that nothing needs any more then."""
    with application().app_context():
        _log.info("%s models taken away", model_purge.purge())
        _log.info("%s files freed", stored_files.free_unneeded_files())
