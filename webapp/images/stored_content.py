"""Tells whether the disk has kept a stored photo, and says which photo it has lost."""

import zlib

from flask_babel import gettext as _
from PIL import Image as PillowImage
from sqlalchemy import select

from webapp.core import storage
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Image, ImageFile, PredictedImage


def is_whole(file: ImageFile) -> bool:
    """Whether the stored bytes are those that were written.

    Of photos older than their checksum: whether the file has its length and can be decoded.
    """
    path = storage.image_path(file.sha256, file.suffix)
    try:
        data = path.read_bytes()
        if len(data) != file.size:
            return False
        if file.checksum is not None:
            return zlib.crc32(data) == file.checksum
        with PillowImage.open(path) as image:
            image.load()
            return image.size == (file.width, file.height)
    except Exception:  # decoders raise arbitrary exceptions on broken data
        return False


def unreadable(file: ImageFile) -> UserError:
    """The refusal where a stored photo is missing or damaged: adding it again mends it."""
    return UserError(
        _(
            "The file of %(filename)s is missing or damaged on the server: add the photo again.",
            filename=name_of(file),
        ),
        code="photo_missing",
        status=404,
    )


def name_of(file: ImageFile) -> str:
    """A name under which somebody added it."""
    for table in (Image, PredictedImage):
        named = select(table.filename).where(table.sha256 == file.sha256).limit(1)
        if name := db.session.scalar(named):
            return name
    return _("this photo")
