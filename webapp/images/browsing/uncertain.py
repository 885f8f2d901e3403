"""«Teach these first»: unlabelled photos in descending order of uncertainty."""

from typing import Any

from sqlalchemy import literal, select, tuple_

from webapp.core.extensions import db
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery
from webapp.models import DetectionModel, Image, Split, Uncertainty


class UncertaintyWalk:
    """As ``ImageWalk``: the most uncertain photo first; of equal ones the newer.

    Then follow the photos without an uncertainty, the newest first. Both parts use an index; the second, which
    skips photos of the first, is queried only when the first is exhausted.
    """

    def __init__(self, model: DetectionModel, query: ImageQuery, backward: bool = False) -> None:
        self.model = model
        self.query = query
        self.backward = backward
        self.labelled = bool(query.labelled)

    def turned(self) -> "UncertaintyWalk":
        """The same order in the other direction."""
        return UncertaintyWalk(self.model, self.query, not self.backward)

    def ids(self, position: Position | None, count: int) -> list[int]:
        """The next ``count`` ids after the position, fewer at the end."""
        value = self._value(position.id) if position else None
        parts = [self._seen, self._unseen]
        if self.backward:
            parts.reverse()
        if position is not None:
            first = self._unseen if value is None else self._seen
            parts = parts[parts.index(first) :]
        found: list[int] = []
        for part in parts:
            found += part(position, value, count - len(found))
            if len(found) == count:
                break
            position = None  # continue with the other part from its beginning
        return found

    def _seen(self, position: Position | None, value: float | None, count: int) -> list[int]:
        key = (Uncertainty.value, Uncertainty.image_id)
        statement = (
            select(Uncertainty.image_id)
            .join(Image, Image.id == Uncertainty.image_id)
            .where(Uncertainty.model_id == self.model.id, *self._conditions())
        )
        if position is not None:
            statement = statement.where(self._behind(key, (value, position.id)))
        return list(db.session.scalars(statement.order_by(*self._order(key)).limit(count)))

    def _unseen(self, position: Position | None, _value: float | None, count: int) -> list[int]:
        key = (Image.created_at, Image.id)
        seen = select(Uncertainty.image_id).where(Uncertainty.image_id == Image.id).exists()
        statement = select(*key).where(~seen, *self._conditions())
        if position is not None:
            statement = statement.where(self._behind(key, (position.created_at, position.id)))
        # The index has the order only within one split.
        rows = [
            row
            for split in ([self.query.split] if self.query.split else Split)
            for row in db.session.execute(
                statement.where(Image.split == split).order_by(*self._order(key)).limit(count)
            )
        ]
        rows.sort(reverse=not self.backward)
        return [number for _created, number in rows[:count]]

    def _conditions(self) -> list[Any]:
        return [*self.query.where(self.model), Image.labelled.is_(self.labelled)]

    def _behind(self, key: tuple[Any, Any], values: tuple[Any, Any]) -> Any:
        here: Any = tuple_(*(literal(value) for value in values))
        return tuple_(*key) > here if self.backward else tuple_(*key) < here

    def _order(self, key: tuple[Any, Any]) -> list[Any]:
        return list(key) if self.backward else [column.desc() for column in key]

    def _value(self, image_id: int) -> float | None:
        return db.session.scalar(select(Uncertainty.value).where(Uncertainty.image_id == image_id))
