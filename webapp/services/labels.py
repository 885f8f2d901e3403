"""The labels of a photo as they are, and the mark that nothing is to be found on it."""

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.errors import UserError
from webapp.extensions import db
from webapp.models import Annotation, DetectionModel, Image, LabelSource, User
from webapp.services import annotations
from webapp.services.annotations import PhotoLabels


def annotations_of(image: Image) -> list[Annotation]:
    """The shapes of a photo with their categories, in the order they were made."""
    return list(
        db.session.scalars(select(Annotation).where(Annotation.image_id == image.id).order_by(Annotation.id))
    )


def annotations_of_many(image_ids: list[int]) -> dict[int, list[Annotation]]:
    """The same of several photos, by their ids, with one query."""
    found: dict[int, list[Annotation]] = {image_id: [] for image_id in image_ids}
    for annotation in db.session.scalars(
        select(Annotation).where(Annotation.image_id.in_(image_ids)).order_by(Annotation.id)
    ):
        found[annotation.image_id].append(annotation)
    return found


def set_no_object(image: Image, value: bool, user: User | None) -> None:
    """Say of a photo that nothing is to be found on it, or take that back.

    Raises UserError (409) where the photo has shapes, also those that came while the page was open.
    """
    annotations.hold([image.id])
    db.session.refresh(image)
    if image.no_object == value:
        db.session.rollback()
        return
    if value and image.labelled:
        db.session.rollback()
        raise UserError(
            _("This photo has labels, so it cannot be marked “no object here”."),
            code="has_labels",
            status=409,
        )
    mark = PhotoLabels(image.id, [], no_object=value)
    model = db.session.get_one(DetectionModel, image.model_id)
    annotations.write(model, [mark], source=LabelSource.EDITOR, user=user)
    db.session.commit()
    db.session.refresh(image)
