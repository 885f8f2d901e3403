"""Labels that weights suggest for photos, and how uncertain the weights were."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.formats.masks.segmentation import Box, Polygons
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp


class Suggestion(Model):
    """A shape that a person may accept, as an ``Annotation``, or refuse.

    A decided row stays until weights process the photo again, since undo in the editor restores it.
    """

    __tablename__ = "suggestion"

    id: Mapped[PrimaryKey]
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), index=True)
    category: Mapped[str] = mapped_column(String(100))
    """Category name in the weights."""
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
    """Set if it came from a prediction that was sent to the training data."""
    decided_at: Mapped[Timestamp | None]
    """When it was accepted or refused in the editor; None while undecided."""
    created_at: Mapped[CreatedAt]


class Uncertainty(Model):
    """Uncertainty of weights about a photo, from the newest run of suggestions."""

    __tablename__ = "uncertainty"
    __table_args__ = (Index("ix_uncertainty_order", "model_id", "value", "image_id"),)

    image_id: Mapped[int] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    value: Mapped[float]
    """0 (certain) to 1: ``uncertainty_of`` in ``webapp/suggestions/drafts.py``."""
    weights_id: Mapped[int | None] = mapped_column(ForeignKey("weights.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
