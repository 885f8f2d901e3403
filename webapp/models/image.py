"""Photos: the stored bytes once by content, and their place in a model."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey, enum_column


class Split(StrEnum):
    """The part of the data a photo stands in."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class ImageFile(Model):
    """One stored photo, upright and without EXIF, known by the SHA-256 of the bytes that were uploaded."""

    __tablename__ = "image_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    suffix: Mapped[str] = mapped_column(String(8))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]


class Image(Model):
    """A photo of a model. Labelled means at least one shape, or the explicit mark ``no_object``."""

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("model_id", "filename"),
        UniqueConstraint("model_id", "sha256"),
        # Unlabelled photos stand first: false sorts before true.
        Index("ix_image_gallery", "model_id", "split", "labelled", "id"),
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
