"""The mark that somebody has looked at a photo's labels and found them right."""

from flask_babel import gettext as _
from sqlalchemy import update

from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import Image, Review


def set_reviewed(image: Image, value: bool) -> None:
    """Set or take back the mark.

    Raises UserError (409) where the photo has no labels, also those that went while the page was open.
    """
    allowed = Image.labelled if value else Image.review != Review.OPEN
    changed = db.session.execute(
        update(Image)
        .where(Image.id == image.id, allowed)
        .values(review=Review.REVIEWED if value else Review.OPEN)
        .returning(Image.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.commit()
    db.session.refresh(image)
    if value and changed is None:
        raise UserError(
            _("This photo has no labels yet: label it first, then mark it as reviewed."),
            code="not_labelled",
            status=409,
        )
