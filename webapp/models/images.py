"""Photos: stored files (once by content) and the images of models that refer to them."""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, MeasuredColumns, PrimaryKey, Timestamp, enum_column


class Split(StrEnum):
    """The part of the data that a photo belongs to."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class ImageFile(MeasuredColumns, Model):
    """One stored photo, known by the SHA-256 of the bytes that were uploaded.

    Upright and without EXIF; with more than 8 bits a sample (``measured``) the file itself, of which
    ``webapp/images/values/renditions.py`` makes pictures.
    """

    __tablename__ = "image_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    suffix: Mapped[str] = mapped_column(String(8))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    phash: Mapped[int | None] = mapped_column(BigInteger)
    """Perceptual hash, 64 bits as a signed number; None for photos older than this column."""
    orientation: Mapped[int | None] = mapped_column(SmallInteger)
    """EXIF's, 1 to 8: how the uploaded pixels were turned; None for photos older than this column."""
    checksum: Mapped[int | None] = mapped_column(BigInteger)
    """CRC-32 of the stored bytes, to tell whether the disk has kept them; None for photos older than this column."""
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    """What became of it as it was stored (transparency, further pictures of its file): documents of
    ``webapp.images.faults``."""
    created_at: Mapped[CreatedAt]


class Review(StrEnum):
    """Result of the review of a photo's labels."""

    OPEN = "open"
    REVIEWED = "reviewed"
    REJECTED = "rejected"


class Image(Model):
    """A photo of a model. Labelled means at least one shape, or the explicit mark ``no_object``."""

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("model_id", "filename"),
        UniqueConstraint("model_id", "sha256"),
        # The orders of the gallery. Unlabelled photos are first: false sorts before true.
        # Included columns allow index-only scans of filters.
        Index(
            "ix_image_gallery",
            *("model_id", "split", "labelled", "created_at", "id"),
            postgresql_include=["filename", "review"],
        ),
        Index(
            "ix_image_gallery_name",
            *("model_id", "split", "labelled", "filename"),
            postgresql_include=["id", "created_at", "review"],
        ),
        Index("ix_image_part", "model_id", "part", postgresql_where=text("part IS NOT NULL")),
        Index("ix_image_gallery_review", "model_id", "split", "review", "labelled", "created_at", "id"),
    )

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(ForeignKey("image_file.sha256"), index=True)
    filename: Mapped[str] = mapped_column(String(255))
    split: Mapped[Split] = mapped_column(enum_column(Split))
    labelled: Mapped[bool] = mapped_column(default=False)
    no_object: Mapped[bool] = mapped_column(default=False)
    annotations_version: Mapped[int] = mapped_column(default=0)
    """Counts each change of the labels; the ETag of the REST API."""
    category_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    """Ids of the categories of its shapes, each once; a trigger maintains ``image_category`` from it."""
    review: Mapped[Review] = mapped_column(enum_column(Review), default=Review.OPEN)
    review_note: Mapped[str] = mapped_column(Text, default="")
    part: Mapped[str | None] = mapped_column(String(255))
    """Which part, line or day it shows (``webapp/images/splits/parts.py``); None where nobody has said it."""
    folder: Mapped[str | None] = mapped_column(String(255))
    """The innermost folder it came in that says something; None without one, and for photos older than this column."""
    created_at: Mapped[CreatedAt]
    file: Mapped[ImageFile] = relationship(lazy="joined")

    @property
    def width(self) -> int:
        """Pixels, upright."""
        return self.file.width

    @property
    def height(self) -> int:
        """Pixels, upright."""
        return self.file.height


class ImageCount(Model):
    """How many photos a model has, by split and label. A trigger keeps it, so that no page counts rows.

    ``count_images_insert``, ``_update`` and ``_delete`` run once a statement, not once a row, with all rows as they
    were and as they are. For example, one UPDATE labels 3 unlabelled photos of the split train and moves 1 labelled one
    from train to test. As they are: (train, true) 3, (test, true) 1; as they were, taken off: (train, false) 3,
    (train, true) 1. The sums are added to the table in the order of its key, so that two transactions wait for each
    other and never for ever:

        train, false  -3
        train, true   +2
        test, true    +1

    A sum of 0 (a photo was renamed) touches no row. ``TRUNCATE`` fires no trigger.
    """

    __tablename__ = "image_count"

    # No foreign key: the trigger also runs while a model is deleted together with its photos.
    model_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    split: Mapped[Split] = mapped_column(enum_column(Split), primary_key=True)
    labelled: Mapped[bool] = mapped_column(primary_key=True)
    count: Mapped[int]


class TrashedImage(Model):
    """A deleted photo with its labels, kept for 30 days. ``image`` has only photos that are not deleted."""

    __tablename__ = "trashed_image"
    __table_args__ = (Index("ix_trashed_image_page", "model_id", "deleted_at", "id"),)

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(ForeignKey("image_file.sha256"), index=True)
    filename: Mapped[str] = mapped_column(String(255))
    split: Mapped[Split] = mapped_column(enum_column(Split))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Its row and annotations, enough to restore it."""
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    deleted_at: Mapped[Timestamp] = mapped_column(index=True)
    file: Mapped[ImageFile] = relationship()
