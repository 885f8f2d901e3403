"""Reads the annotations of photos; ``webapp/annotations/store.py`` writes them."""

from sqlalchemy import select

from webapp.core.extensions import db
from webapp.models import Annotation, Image


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


def find_annotation(image: Image, annotation_id: int) -> Annotation | None:
    """The shape of this photo with this id; None where it has none."""
    annotation = db.session.get(Annotation, annotation_id)
    return annotation if annotation is not None and annotation.image_id == image.id else None
