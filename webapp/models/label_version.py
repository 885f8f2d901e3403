"""The history of a photo's labels."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column
from webapp.models.user import User


class LabelSource(StrEnum):
    """How labels came to be as they are."""

    EDITOR = "editor"
    API = "api"
    IMPORT = "import"
    SUGGESTION = "suggestion"
    VIA = "via"
    RESTORE = "restore"
    CATEGORIES = "categories"
    """A category was merged or deleted."""
    EARLIER = "earlier"
    """Saved before the history was kept."""


class LabelVersion(Model):
    """One state of a photo's labels: who made it, when and how.

    The state that holds now is in ``annotation``; its ``document`` is filled when another takes its place, so that a
    large import writes its labels once.
    """

    __tablename__ = "label_version"
    __table_args__ = (UniqueConstraint("image_id", "version"),)

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    # No foreign key: a photo in the trash keeps its history and comes back with its id.
    image_id: Mapped[int]
    version: Mapped[int]
    """``Image.annotations_version`` of this state."""
    source: Mapped[LabelSource] = mapped_column(enum_column(LabelSource))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    saved_at: Mapped[Timestamp]
    """Later than ``created_at`` where saves of one sitting were put together."""
    shapes: Mapped[int]
    """How many."""
    no_object: Mapped[bool]
    document: Mapped[list[dict[str, Any]] | None] = deferred(mapped_column(JSONB))
    """The rows of ``annotation`` with the name of their category, in their order; None for what holds now."""
    user: Mapped[User | None] = relationship(lazy="joined")
