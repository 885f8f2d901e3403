"""Categories, annotations (fields as in COCO), and the history of the annotations of an image."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.formats.masks.segmentation import Box
from webapp.models.accounts import User
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column


class Category(Model):
    """A category of a model."""

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
    bbox: Mapped[Box] = mapped_column(JSONB)
    """``[x, y, width, height]`` in pixels."""
    area: Mapped[float]
    """Square pixels."""
    iscrowd: Mapped[bool] = mapped_column(default=False)
    is_box: Mapped[bool] = mapped_column(default=False)
    """A box that was drawn without a polygon; ``segmentation`` is its rectangle."""
    suggested: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It was a suggestion of weights that a person accepted."""
    created_at: Mapped[CreatedAt]
    category: Mapped[Category] = relationship(lazy="joined")


class LabelSource(StrEnum):
    """What changed the labels."""

    EDITOR = "editor"
    API = "api"
    IMPORT = "import"
    SUGGESTION = "suggestion"
    VIA = "via"
    RESTORE = "restore"
    CATEGORIES = "categories"
    """A category was merged or deleted."""
    DOUBLES = "doubles"
    """Doubled labels were removed."""
    CORRECTION = "correction"
    """A label that looked wrong was corrected as networks had found it out of fold."""
    EARLIER = "earlier"
    """Saved before the history was kept."""


class LabelVersion(Model):
    """One state of a photo's labels: who made it, when and how.

    The current state is in ``annotation``; its ``document`` is filled when it is replaced, so that a large
    import writes its labels once.
    """

    __tablename__ = "label_version"
    __table_args__ = (
        UniqueConstraint("image_id", "version"),
        Index("ix_label_version_day", "model_id", "created_at"),
    )

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
    """Later than ``created_at`` if several saves were merged into one version."""
    shapes: Mapped[int]
    """Number of shapes."""
    no_object: Mapped[bool]
    document: Mapped[list[dict[str, Any]] | None] = deferred(mapped_column(JSONB))
    """The rows of ``annotation`` with the name of their category, in their order; None for the current state."""
    user: Mapped[User | None] = relationship(lazy="joined")
