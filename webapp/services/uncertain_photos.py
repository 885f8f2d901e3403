"""«Teach these first»: the unlabelled photos in the order of how unsure the weights were."""

from typing import Any

from sqlalchemy import func, literal, select, tuple_

from webapp.extensions import db
from webapp.models import DetectionModel, Image, Uncertainty
from webapp.services.photo_positions import Position
from webapp.services.photo_queries import PhotoQuery

NOT_LOOKED_AT = -1.0
"""Photos that no weights have seen stand behind all that were seen."""


class UncertaintyWalk:
    """As ``PhotoWalk``; the least sure photo first, the newer one where two are as unsure."""

    def __init__(self, model: DetectionModel, query: PhotoQuery, backward: bool = False) -> None:
        self.model = model
        self.query = query
        self.backward = backward

    def ids(self, position: Position | None, count: int) -> list[int]:
        """The next ``count`` photos behind the position, fewer at the end."""
        key = func.coalesce(Uncertainty.value, NOT_LOOKED_AT)
        statement = (
            select(Image.id)
            .outerjoin(Uncertainty, Uncertainty.image_id == Image.id)
            .where(*self.query.where(self.model))
        )
        if self.query.labelled is None:
            statement = statement.where(~Image.labelled)
        if position is not None:
            here: Any = tuple_(literal(self._value(position.id)), literal(position.id))
            ours = tuple_(key, Image.id)
            statement = statement.where(ours > here if self.backward else ours < here)
        order = (key, Image.id) if self.backward else (key.desc(), Image.id.desc())
        return list(db.session.scalars(statement.order_by(*order).limit(count)))

    def _value(self, image_id: int) -> float:
        value = db.session.scalar(select(Uncertainty.value).where(Uncertainty.image_id == image_id))
        return NOT_LOOKED_AT if value is None else value
