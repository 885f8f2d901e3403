"""Marks on a photo's labels as a whole; single shapes come by import."""

from flask_babel import gettext as _
from sqlalchemy import select, update

from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import Annotation, Image


def annotations_of(image: Image) -> list[Annotation]:
    """The shapes of a photo with their categories, in the order they were made."""
    return list(
        db.session.scalars(select(Annotation).where(Annotation.image_id == image.id).order_by(Annotation.id))
    )


def set_no_object(image: Image, value: bool) -> None:
    """Say of a photo that nothing is to be found on it, or take that back.

    Raises UserError (409) where the photo has shapes, also those that came while the page was open.
    """
    # A photo with shapes is labelled and has no mark, so the row alone tells; nobody can come in between.
    allowed = ~Image.labelled if value else Image.no_object
    db.session.execute(
        update(Image)
        .where(Image.id == image.id, allowed)
        .values(no_object=value, labelled=value, annotations_version=Image.annotations_version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    db.session.refresh(image)
    if value and not image.no_object:
        raise UserError(
            _("This photo has labels, so it cannot be marked “no object here”."),
            code="has_labels",
            status=409,
        )
