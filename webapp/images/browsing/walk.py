"""Reads photos in an order of the gallery, as fast at 100,000 photos as at 1,000.

An index gives rows in order if all columns before its sort key are fixed. So the query is a union of branches,
one for each value of what the filter leaves open (the splits, labelled or not): each branch reads its first
rows from the index, and the first of all branches are the result.

What no index holds in order, such as a part of the name, is a rest. The first rows in the order are looked through:
common names are found there. Where they are not enough, the order is followed if it is promising; if not, an index of
the rest tells whether few photos have it: these are fetched and sorted. The indexes of an order hold all that a rest
asks for, so that what does not fit costs little. What was learned of a rest holds in both directions.

For example, the page of 48 behind a photo that came at 9:00 with the id 7, newest first, in the split ``train``, of
photos labelled or not. Two branches, each from ``ix_image_gallery``, whose order is (created_at, id) once the model,
the split and the mark are fixed::

    SELECT id FROM (
        (SELECT ... WHERE model_id = 1 AND split = 'train' AND labelled IS false AND (created_at, id) < ('9:00', 7)
         ORDER BY created_at DESC, id DESC LIMIT 48)
        UNION ALL
        (the same WHERE ... labelled IS true ...)
    ) ORDER BY created_at DESC, id DESC LIMIT 48

96 rows are read at most, wherever in the 100,000 the page lies; an OFFSET would read all photos in front of it. With
``name=scratch`` beside it the first 1000 rows of this order are tried. 48 of them fit: this is the page. 7 fit
(7 x 150 >= 1000): the order is followed to the end of the page. 3 fit: the index of names is asked for at most 500
ids; of fewer the page is sorted, of 500 the order is followed after all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    and_,
    any_,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.core.extensions import db
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.models import Assignment, DetectionModel, Image, ImageCategory, ImageName, Review, Split

LOOKED_THROUGH = 1000
"""Rows of the order that are tested against a rest first."""
FOLLOWED_FOR_ONE = 150
"""If there is at least one match in so many rows, the scan of the order goes on without trying another index."""
SORTED_AT_MOST = 500
"""The most matches that are fetched and sorted; more are found faster by scanning the order."""


class ImageWalk:
    """One order of the photos of a query, in one direction."""

    def __init__(self, model: DetectionModel, query: ImageQuery, sort: Sort, backward: bool = False) -> None:
        self.model = model
        self.query = query
        self.sort = sort
        self.backward = backward
        self.descending = backward != (sort is Sort.NEWEST)
        self.by_category = query.category is not None
        # A photo that shows a category is labelled.
        self.labelled = True if self.by_category else query.labelled
        people = {"assignee": query.assignee, "free_for": query.free_for, "without": query.without}
        self.rest = ImageQuery(name=query.name, **people)  # type: ignore[arg-type]
        if sort is Sort.NAME:
            # The indexes on names have no dates and review marks.
            self.rest = replace(query, split=None, labelled=None, category=None)
        self._way: _Way | None = None

    def turned(self) -> "ImageWalk":
        """The same in the other direction, with what is known about the rest."""
        other = ImageWalk(self.model, self.query, self.sort, not self.backward)
        other._way = self._way
        return other

    def ids(self, position: Position | None, count: int) -> list[int]:
        """The next ``count`` ids after the position, fewer at the end."""
        # No photo without labels shows a category, and none is both reviewed and rejected.
        if (self.by_category and self.query.labelled is False) or self.query.reviews == []:
            return []
        if not self.rest.narrows:
            return self._first(self._ordered(position, count), count)
        if self._way is None:
            found, is_end = self._look_through(position, count)
            if len(found) == count or is_end:
                return found
            self._way = self._choose_way(len(found))
        if self._way.few is None:
            return self._first(self._ordered(position, count, self.rest), count)
        gathered = self._gathered(self._way.few).cte().prefix_with("MATERIALIZED", dialect="postgresql")
        behind = self._behind(gathered.c, position)
        return self._first(select(gathered.c.id).where(behind).order_by(*self._order(gathered.c)), count)

    def _first(self, statement: Any, count: int) -> list[int]:
        return list(db.session.scalars(statement.limit(count)))

    def _look_through(self, position: Position | None, count: int) -> tuple[list[int], bool]:
        """Matches among the first rows of the order, at most ``count``, and whether no rows follow them."""
        rows = self._ordered(position, LOOKED_THROUGH).subquery()
        place = func.row_number().over(order_by=self._order(rows.c))
        fits = and_(*self.rest.fits(rows.c)).label("fits")
        tried = select(*rows.c, fits, (place == LOOKED_THROUGH).label("is_last")).subquery()
        wanted = select(tried.c.id, tried.c.fits, tried.c.is_last).where(or_(tried.c.fits, tried.c.is_last))
        found = db.session.execute(wanted.order_by(*self._order(tried.c)).limit(count)).all()
        return [row.id for row in found if row.fits], not any(row.is_last for row in found)

    def _choose_way(self, found: int) -> "_Way":
        if found * FOLLOWED_FOR_ONE >= LOOKED_THROUGH:
            return _Way(None)
        some = select(self._with_rest().c.id).limit(SORTED_AT_MOST).subquery()
        # As one array: transferring rows costs more than their content.
        few = db.session.scalar(select(func.array_agg(some.c.id))) or []
        return _Way(few if len(few) < SORTED_AT_MOST else None)

    def _ordered(self, position: Position | None, count: int, rest: ImageQuery | None = None) -> Select[Any]:
        """The first ``count`` rows after the position that match ``rest``."""
        branches = [
            branch.rows.where(
                self._behind(branch, position, branch.mark), *(rest.fits(branch) if rest else [])
            )
            .order_by(*self._order(branch, branch.mark))
            .limit(count)
            for branch in self._branches()
            if position is None or not self._is_over(position, branch.mark)
        ]
        rows = _together(branches)
        return select(rows).order_by(*self._order(rows.c)).limit(count)

    def _branches(self) -> Iterator["_Branch"]:
        query = self.query
        splits = [query.split] if query.split else list(Split)
        marks = [False, True] if self.labelled is None else [self.labelled]
        reviews: list[Review | None] = [None]
        if self.sort is not Sort.NAME and (self.by_category or query.reviews is not None):
            reviews = list(Review if query.reviews is None else query.reviews)
        for split, mark, review in product(splits, marks, reviews):
            if self.by_category:
                table: Any = ImageCategory
                number = ImageCategory.image_id
                conditions = [ImageCategory.category_id == query.category]
            else:
                table = Image
                number = Image.id
                conditions = [Image.model_id == self.model.id, Image.labelled.is_(mark)]
            conditions.append(table.split == split)
            if review is not None:
                conditions.append(table.review == review)
            if self.sort is not Sort.NAME:
                conditions += ImageQuery(since=query.since, until=query.until).fits_dates(table)
            columns = (table.created_at, table.filename, table.review)
            rows = select(number.label("id"), literal(mark).label("labelled"), *columns).where(*conditions)
            yield _Branch(rows, mark, number, *columns)

    def _with_rest(self) -> Any:
        """Ids of the photos that an index on the rest gives, without the other conditions and the order."""
        if not self.query.name and self.query.assignee:
            of_person = Assignment.model_id == self.model.id, Assignment.user_id == self.query.assignee
            return select(Assignment.image_id.label("id")).where(*of_person).subquery()
        if not self.query.name:
            by_date = ImageWalk(self.model, self.query, Sort.OLDEST)
            return _together([branch.rows for branch in by_date._branches()])
        grams = func.photo_name_grams(self.model.id, self.query.name, min(2, len(self.query.name)))
        kept = func.photo_name_grams(ImageName.model_id, ImageName.filename, literal_column("1"))
        return (
            select(ImageName.image_id.label("id"))
            .where(
                kept.op("@>")(grams),
                ImageName.model_id == self.model.id,
                *ImageQuery(name=self.query.name).fits_name(ImageName),
            )
            .subquery()
        )

    def _gathered(self, ids: list[int]) -> Any:
        """Those of the ids from an index on the rest that match the whole query."""
        given = Image.id == any_(literal(ids, ARRAY(Integer)))
        columns = (Image.id, Image.labelled, Image.created_at, Image.filename)
        return select(*columns).where(given, *self.query.where(self.model))

    def _key(self, columns: Any, mark: bool | None) -> list[Any]:
        if self.sort is Sort.NAME:
            return [columns.filename]
        by_date = [columns.created_at, columns.id]
        marked = self.sort is Sort.UNLABELLED and self.labelled is None and mark is None
        return [columns.labelled, *by_date] if marked else by_date

    def _order(self, columns: Any, mark: bool | None = None) -> list[Any]:
        """The sort columns; without the mark (labelled) if all rows have the same."""
        key = self._key(columns, mark)
        return [column.desc() for column in key] if self.descending else key

    def _behind(self, columns: Any, position: Position | None, mark: bool | None = None) -> Any:
        """Condition for rows after the position.

        If the filter fixes the mark, a photo whose mark has just changed keeps its place.
        """
        if position is None or (self._mark_decides and mark not in (None, position.labelled)):
            return true()
        ours = tuple_(*self._key(columns, mark))
        theirs = tuple_(*(literal(value) for value in self._key(position, mark)))
        return ours < theirs if self.descending else ours > theirs

    @property
    def _mark_decides(self) -> bool:
        return self.sort is Sort.UNLABELLED and self.labelled is None

    def _is_over(self, position: Position, mark: bool) -> bool:
        """Whether all rows with this mark are before the position."""
        return self._mark_decides and (
            mark > position.labelled if self.descending else mark < position.labelled
        )


@dataclass(frozen=True)
class _Way:
    """How matches of a rest are found if testing the first rows is not enough."""

    few: list[int] | None
    """Ids of all matches, to be sorted; None if the order is scanned."""


@dataclass(frozen=True)
class _Branch:
    """Rows that an index has in the order, their common mark, and their columns."""

    rows: Select[Any]
    mark: bool
    id: Any
    created_at: Any
    filename: Any
    review: Any


def _together(branches: list[Select[Any]]) -> Any:
    if len(branches) == 1:
        return branches[0].subquery()
    return union_all(*(select(branch.subquery()) for branch in branches)).subquery()
