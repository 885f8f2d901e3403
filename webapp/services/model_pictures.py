"""The picture on a model's card: a photo that is stored like any other."""

from webapp.errors import UserError
from webapp.extensions import db
from webapp.services import photo_faults, photos
from webapp.services.photos import FileRefused, Upload


def store_picture(upload: Upload) -> str:
    """Check and keep the picture; answers its SHA-256. Raises UserError beside the field ``picture``."""
    try:
        photo = photos.check_photo(upload)
    except FileRefused as refused:
        raise UserError(
            photo_faults.sentence(refused.fault), code=refused.fault["code"], field="picture"
        ) from refused
    file = photos.store_photo(photo)
    db.session.commit()
    return file.sha256
