"""The photos before and after one, in the order of the gallery: unlabelled first, then as they came."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_

from webapp.extensions import db
from webapp.models import DetectionModel, Image, Split


@dataclass(frozen=True)
class Neighbours:
    """Ids of the photos beside one; None at the ends."""

    previous: int | None
    next: int | None


def neighbours_of(image: Image, split: Split | None, labelled: bool | None = None) -> Neighbours:
    """Among the photos that the filter shows, whether or not it shows ``image`` itself."""
    shown = [Image.model_id == image.model_id]
    if split is not None:
        shown.append(Image.split == split)
    if labelled is None:
        columns, here = (Image.labelled, Image.id), (image.labelled, image.id)
    else:
        # All that are shown have the same mark; a photo that was labelled just now keeps its place.
        shown.append(Image.labelled == labelled)
        columns, here = (Image.id,), (image.id,)  # type: ignore[assignment]
    position: Any = tuple_(*columns)
    before = select(Image.id).where(*shown, position < here).order_by(*(column.desc() for column in columns))
    after = select(Image.id).where(*shown, position > here).order_by(*columns)
    return Neighbours(db.session.scalar(before.limit(1)), db.session.scalar(after.limit(1)))


def next_unlabelled(model: DetectionModel, split: Split | None, beyond: Image | None) -> int | None:
    """The id of the photo to label next: the one after ``beyond``, else the first there is."""
    unlabelled = [Image.model_id == model.id, ~Image.labelled]
    if split is not None:
        unlabelled.append(Image.split == split)
    first = select(Image.id).where(*unlabelled).order_by(Image.id).limit(1)
    if beyond is None:
        return db.session.scalar(first)
    following = db.session.scalar(first.where(Image.id > beyond.id))
    return following or db.session.scalar(first.where(Image.id != beyond.id))
