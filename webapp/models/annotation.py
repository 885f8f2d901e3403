"""Categories and annotations, in COCO's words."""

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey


class Category(Model):
    """What a shape shows."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("model_id", "name"),)

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    color: Mapped[str] = mapped_column(String(7))
    """``#rrggbb``."""
    position: Mapped[int]


class Annotation(Model):
    """One shape on one photo: a COCO annotation."""

    __tablename__ = "annotation"

    id: Mapped[PrimaryKey]
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)
    segmentation: Mapped[Any] = mapped_column(JSONB)
    """COCO: a list of polygons ``[x1, y1, x2, y2, …]`` in pixels, or an RLE ``{"size": [h, w], "counts": …}``."""
    bbox: Mapped[list[float]] = mapped_column(JSONB)
    """``[x, y, width, height]`` in pixels."""
    area: Mapped[float]
    """Square pixels."""
    iscrowd: Mapped[bool] = mapped_column(default=False)
    is_box: Mapped[bool] = mapped_column(default=False)
    """A box that was drawn without a polygon; ``segmentation`` is its rectangle."""
    suggested: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A model's weights drew it, a person accepted it."""
    created_at: Mapped[CreatedAt]
    category: Mapped[Category] = relationship(lazy="joined")
