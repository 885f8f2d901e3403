"""Filters of photos as SQL conditions, and the orders of the gallery."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from webapp.core.extensions import db
from webapp.models import Assignment, DetectionModel, Image, ImageCategory, Review, Split

LONGEST_NAME_PART = 200
NOBODY = 0


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
    assignee: int | None = None
    """Photos that are assigned to this account; ``NOBODY``: to none."""
    free_for: int | None = None
    """Photos that are assigned to this account or to none."""
    without: tuple[int, ...] = ()
    """But these photos."""

    @property
    def narrows(self) -> bool:
        """Whether the filter may exclude photos of the split."""
        return (
            bool(self.name)
            or self.rejected
            or bool(self.without)
            or any(
                part is not None
                for part in (
                    *(self.labelled, self.category, self.since, self.until, self.reviewed),
                    *(self.assignee, self.free_for),
                )
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
        """The parts name, date, review and people as conditions on columns with these names."""
        conditions = self.fits_name(columns) + self.fits_dates(columns)
        if self.reviewed is not None:
            mark = columns.review == Review.REVIEWED
            conditions.append(mark if self.reviewed else ~mark)
        if self.rejected:
            conditions.append(columns.review == Review.REJECTED)
        return conditions + self.fits_person(columns.id)

    def fits_name(self, columns: Any) -> list[Any]:
        """The part of the name alone."""
        # Twice as fast as ILIKE, and % and _ need no escapes.
        return [func.strpos(func.lower(columns.filename), func.lower(self.name)) > 0] if self.name else []

    def fits_dates(self, columns: Any) -> list[Any]:
        """The dates alone."""
        conditions: list[Any] = []
        if self.since is not None:
            conditions.append(columns.created_at >= self.since)
        if self.until is not None:
            conditions.append(columns.created_at < self.until)
        return conditions

    def fits_person(self, image_id: Any) -> list[Any]:
        """The parts that concern people, as conditions on a column of ids."""
        conditions: list[Any] = []
        assigned = select(Assignment.image_id).where(Assignment.image_id == image_id)
        if self.assignee == NOBODY:
            conditions.append(~assigned.exists())
        elif self.assignee is not None:
            conditions.append(assigned.where(Assignment.user_id == self.assignee).exists())
        if self.free_for is not None:
            conditions.append(~assigned.where(Assignment.user_id != self.free_for).exists())
        if self.without:
            conditions.append(image_id.not_in(self.without))
        return conditions


def count(model: DetectionModel, query: ImageQuery) -> int:
    """Number of photos of the filter."""
    return db.session.scalar(select(func.count()).select_from(Image).where(*query.where(model))) or 0
