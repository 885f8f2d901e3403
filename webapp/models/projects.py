"""``DetectionModel``: what a user calls a model. It owns photos, labels, runs and weights."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp


class DetectionModel(Model):
    """A product or kind of defect to be recognised."""

    __tablename__ = "detection_model"
    __table_args__ = (
        Index(
            "uq_detection_model_name",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    picture_sha256: Mapped[str | None] = mapped_column(ForeignKey("image_file.sha256"))
    training_defaults: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[Timestamp | None]
    """Since when it is in the trash (``webapp/projects/trash.py``); its name can be used again."""
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
