"""What a machine on the line uses: folders that are watched for new photos."""

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp
from webapp.models.projects import DetectionModel


class WatchedFolder(Model):
    """A watched folder; at most one for each model. New photos in it are predicted."""

    __tablename__ = "watched_folder"

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    """Of the folder, inside ``WATCH_DIR``."""
    active: Mapped[bool] = mapped_column(default=True)
    score_threshold: Mapped[float | None]
    """None: the thresholds in use with the weights."""
    language: Mapped[str] = mapped_column(String(16))
    """Language of the sentences in the result files: that of the user who started the watching."""
    done: Mapped[int] = mapped_column(default=0)
    """Number of photos processed since the folder was made."""
    failed: Mapped[int] = mapped_column(default=0)
    last_photo_at: Mapped[Timestamp | None]
    last_fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """``{"filename": …, "message": …}`` of the newest photo that failed."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    model: Mapped[DetectionModel] = relationship()
