"""Computes perceptual hashes of photos older than that column. New photos get theirs in ``intake.py``."""

import logging

from sqlalchemy import exists, select

from webapp.core import queues, storage
from webapp.core.extensions import db
from webapp.formats.images.reduced import hash_of_file
from webapp.models import ImageFile

JOB = "jobs.tasks.files.fill_hashes"
AT_ONCE = 200
_log = logging.getLogger(__name__)


def fill_missing() -> None:
    """Queue the job if photos have no hash."""
    if db.session.scalar(select(exists().where(ImageFile.phash.is_(None)))):
        queues.enqueue(queues.IO, JOB)


def fill_some(after: str) -> str | None:
    """Compute hashes of the next AT_ONCE photos after the SHA-256 ``after``; returns the last one, None at the end.

    A photo whose file is missing or damaged gets none.
    """
    lacking = select(ImageFile).where(ImageFile.phash.is_(None), ImageFile.sha256 > after)
    files = list(db.session.scalars(lacking.order_by(ImageFile.sha256).limit(AT_ONCE)))
    for file in files:
        try:
            file.phash = hash_of_file(storage.image_path(file.sha256, file.suffix))
        except Exception as error:  # decoders raise arbitrary exceptions on damaged files
            _log.warning("no perceptual hash of %s: %s", file.sha256, error)
    last = files[-1].sha256 if len(files) == AT_ONCE else None
    db.session.commit()
    return last
