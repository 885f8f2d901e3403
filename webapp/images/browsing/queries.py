"""Which photos of a model are meant: what a filter says, as conditions in SQL, and the orders of the gallery."""

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
    """Those without labels first, then as they came."""
    NAME = "name"
    NEWEST = "newest"
    OLDEST = "oldest"
    UNCERTAIN = "uncertain"
    """Unlabelled photos that the weights were least sure about first (``uncertain_photos``)."""


@dataclass(frozen=True)
class ImageQuery:
    """A filter; a part that is None, or an empty name, says nothing. Photos fit that fit every part."""

    split: Split | None = None
    labelled: bool | None = None
    category: int | None = None
    """Id of a category: photos with at least one shape of it."""
    name: str = ""
    """Stands anywhere in the file name, in capitals or not."""
    since: datetime | None = None
    """Added then or later."""
    until: datetime | None = None
    """Added before."""
    reviewed: bool | None = None
    rejected: bool = False
    """Only photos whose labels were rejected."""

    @property
    def narrows(self) -> bool:
        """Whether photos of the split may be left out."""
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
        """The marks that fit; None where every one does."""
        if self.reviewed is None and not self.rejected:
            return None
        fitting = [mark for mark in Review if self.reviewed in (None, mark is Review.REVIEWED)]
        return [mark for mark in fitting if mark is Review.REJECTED or not self.rejected]

    def where(self, model: DetectionModel) -> list[Any]:
        """Conditions on ``Image`` that hold for these photos of ``model`` and no others.

        They fit any SELECT, UPDATE or DELETE on ``image``, so that what is done with all photos of a filter
        is one statement.
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
        """The parts on name, date and review as conditions on columns of these names."""
        conditions: list[Any] = []
        if self.name:
            # Twice as fast as ILIKE, and % and _ are letters like any other.
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
    """How many photos are meant."""
    return db.session.scalar(select(func.count()).select_from(Image).where(*query.where(model))) or 0
