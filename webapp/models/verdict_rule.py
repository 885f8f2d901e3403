"""The rules by which a model's predictions are judged OK or NG."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import PrimaryKey, enum_column


class Measure(StrEnum):
    """What a rule limits: the detections of a photo together (``count``), or each of them."""

    COUNT = "count"
    SCORE = "score"
    AREA = "area"
    """Square pixels."""
    LENGTH = "length"
    """Pixels, the long side of the smallest rectangle around the mask."""
    WIDTH = "width"
    """Its short side."""


class Comparison(StrEnum):
    """On which side of the limit a photo is NG; a value that equals the limit is OK."""

    ABOVE = "above"
    BELOW = "below"


class VerdictRule(Model):
    """A photo is NG where the measure of this category is beyond the limit."""

    __tablename__ = "verdict_rule"

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    category: Mapped[str | None] = mapped_column(String(100))
    """None: every category."""
    measure: Mapped[Measure] = mapped_column(enum_column(Measure))
    comparison: Mapped[Comparison] = mapped_column(enum_column(Comparison))
    limit: Mapped[float]
