"""Where a photo stands among those of its gallery: «3 of 137»."""

from typing import Any

from sqlalchemy import func, literal, select, tuple_

from webapp.core.extensions import db
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort, count
from webapp.models import DetectionModel, Image


def place_of(model: DetectionModel, query: ImageQuery, sort: Sort, image: Image) -> tuple[int | None, int]:
    """The number of a photo in the order, from 1, and how many the filter shows.

    It counts rows, so pages ask for it after they are there. The number is None in the order by uncertainty.
    """
    total = count(model, query)
    if sort is Sort.UNCERTAIN:
        return None, total
    here = Position.of(image)
    before = select(func.count()).select_from(Image).where(*query.where(model), _before(here, sort))
    return (db.session.scalar(before) or 0) + 1, total


def _before(here: Position, sort: Sort) -> Any:
    """Condition for the photos in front of the position; the orders are those of ``ImageWalk``."""
    columns: list[Any] = [Image.created_at, Image.id]
    values: list[Any] = [here.created_at, here.id]
    if sort is Sort.NAME:
        columns, values = [Image.filename], [here.filename]
    elif sort is Sort.UNLABELLED:
        columns, values = [Image.labelled, *columns], [here.labelled, *values]
    ours, theirs = tuple_(*columns), tuple_(*(literal(value) for value in values))
    return ours > theirs if sort is Sort.NEWEST else ours < theirs
