"""Filters of photos as SQL conditions, and the orders of the gallery."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, ImageCategory, Review, Split

LONGEST_NAME_PART = 200


class Sort(StrEnum):
    """An order of photos; the first is the gallery's own."""

    UNLABELLED = "unlabelled"
    """Unlabelled photos first, then in order of upload."""
    NAME = "name"
    NEWEST = "newest"
    OLDEST = "oldest"
    UNCERTAIN = "uncertain"
    """Unlabelled photos with the highest uncertainty first (``uncertain.py``)."""


@dataclass(frozen=True)
class ImageQuery:
    """A filter: photos that match all parts. A part that is None, or an empty name, matches every photo."""

    split: Split | None = None
    labelled: bool | None = None
    category: int | None = None
    """Id of a category: photos with at least one shape of it."""
    name: str = ""
    """Part of the file name, compared without case."""
    since: datetime | None = None
    """Added at this time or later."""
    until: datetime | None = None
    """Added before this time."""
    reviewed: bool | None = None
    rejected: bool = False
    """Only photos whose labels were rejected."""

    @property
    def narrows(self) -> bool:
        """Whether the filter may exclude photos of the split."""
        return (
            bool(self.name)
            or self.rejected
            or any(
                part is not None
                for part in (self.labelled, self.category, self.since, self.until, self.reviewed)
            )
        )

    @property
    def reviews(self) -> list[Review] | None:
        """The review marks that match; None for all."""
        if self.reviewed is None and not self.rejected:
            return None
        fitting = [mark for mark in Review if self.reviewed in (None, mark is Review.REVIEWED)]
        return [mark for mark in fitting if mark is Review.REJECTED or not self.rejected]

    def where(self, model: DetectionModel) -> list[Any]:
        """Conditions on ``Image`` for exactly these photos of ``model``.

        For any SELECT, UPDATE or DELETE on ``image``, so that an action on all photos of a filter is one
        statement.
        """
        conditions: list[Any] = [Image.model_id == model.id]
        if self.split is not None:
            conditions.append(Image.split == self.split)
        if self.labelled is not None:
            conditions.append(Image.labelled.is_(self.labelled))
        if self.category is not None:
            with_it = select(ImageCategory.image_id).where(ImageCategory.category_id == self.category)
            conditions.append(Image.id.in_(with_it))
        return conditions + self.fits(Image)

    def fits(self, columns: Any) -> list[Any]:
        """The parts name, date and review as conditions on columns with these names."""
        conditions: list[Any] = []
        if self.name:
            # Twice as fast as ILIKE, and % and _ need no escapes.
            conditions.append(func.strpos(func.lower(columns.filename), func.lower(self.name)) > 0)
        if self.since is not None:
            conditions.append(columns.created_at >= self.since)
        if self.until is not None:
            conditions.append(columns.created_at < self.until)
        if self.reviewed is not None:
            mark = columns.review == Review.REVIEWED
            conditions.append(mark if self.reviewed else ~mark)
        if self.rejected:
            conditions.append(columns.review == Review.REJECTED)
        return conditions


def count(model: DetectionModel, query: ImageQuery) -> int:
    """Number of photos of the filter."""
    return db.session.scalar(select(func.count()).select_from(Image).where(*query.where(model))) or 0
