"""Work with files that must not keep a page waiting. Never imports torch."""

import logging

from sqlalchemy import select

from jobs.app_context import application
from webapp.errors import UserError
from webapp.extensions import db
from webapp.formats.photo import PhotoRejected
from webapp.models import ImageFile
from webapp.services import photos

_log = logging.getLogger(__name__)


def make_thumbnails(hashes: list[str]) -> None:
    """Make the thumbnails of these photos, so that the gallery does not wait for them."""
    with application().app_context():
        for file in db.session.scalars(select(ImageFile).where(ImageFile.sha256.in_(hashes))):
            try:
                photos.thumbnail(file)
            except (UserError, PhotoRejected, OSError):
                _log.exception("no thumbnail of %s", file.sha256)
