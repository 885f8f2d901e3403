"""The picture on a model's card: a photo that is stored like any other."""

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import faults as image_faults
from webapp.images import intake as image_intake
from webapp.images.intake import FileRefused, Upload


def store_picture(upload: Upload) -> str:
    """Check and store the picture; returns its SHA-256. Raises UserError beside the field ``picture``."""
    try:
        photo = image_intake.check_image(upload)
    except FileRefused as refused:
        raise UserError(
            image_faults.sentence(refused.fault), code=refused.fault["code"], field="picture"
        ) from refused
    file = image_intake.store_image(photo)
    db.session.commit()
    return file.sha256
