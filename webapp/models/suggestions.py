"""What weights would label on the photos of the library, and how sure they were."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.formats.masks.segmentation import Box, Polygons
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp


class Suggestion(Model):
    """A shape that a person may accept, as an ``Annotation``, or refuse.

    A row that was decided stays until weights look at the photo anew: undo in the editor brings it back.
    """

    __tablename__ = "suggestion"

    id: Mapped[PrimaryKey]
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), index=True)
    category: Mapped[str] = mapped_column(String(100))
    """The name the weights know it by."""
    score: Mapped[float]
    """0 to 1."""
    segmentation: Mapped[Polygons] = mapped_column(JSONB)
    """COCO polygons ``[x1, y1, x2, y2, …]`` in pixels."""
    bbox: Mapped[Box] = mapped_column(JSONB)
    """``[x, y, width, height]`` in pixels."""
    area: Mapped[float]
    """Square pixels."""
    weights_id: Mapped[int | None] = mapped_column(ForeignKey("weights.id", ondelete="SET NULL"))
    prediction_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("prediction_run.id", ondelete="SET NULL")
    )
    """Where a prediction was sent into the training."""
    decided_at: Mapped[Timestamp | None]
    """When a person accepted or refused it on the photo's page; None while it waits."""
    created_at: Mapped[CreatedAt]


class Uncertainty(Model):
    """How unsure weights were about a photo when they last looked at it."""

    __tablename__ = "uncertainty"
    __table_args__ = (Index("ix_uncertainty_order", "model_id", "value", "image_id"),)

    image_id: Mapped[int] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    value: Mapped[float]
    """0, quite sure, to 1 (``suggestions.uncertainty_of``)."""
    weights_id: Mapped[int | None] = mapped_column(ForeignKey("weights.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
