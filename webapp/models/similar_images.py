"""Similar photos: features of each, pairs that were found, photos still to be compared."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import PrimaryKey


class NearDuplicate(Model):
    """Two photos of one model that look the same; ``first_id`` is the smaller id."""

    __tablename__ = "near_duplicate"
    __table_args__ = (
        Index(
            "ix_near_duplicate_leaks",
            "model_id",
            "distance",
            "first_id",
            "second_id",
            postgresql_where=text("leaks AND NOT kept_apart"),
        ),
    )

    first_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    distance: Mapped[int]
    """Bits that differ between the two perceptual hashes, 0 to 64."""
    leaks: Mapped[bool] = mapped_column(default=False)
    """One is in train, the other in validation or test. Updated by a trigger when photos move."""
    kept_apart: Mapped[bool] = mapped_column(default=False)
    """A user marked them as showing different things."""


class ImageDetail(Model):
    """Fine structure of a photo: ``detail_of`` in ``webapp/formats/images/likeness.py``."""

    __tablename__ = "photo_detail"

    sha256: Mapped[str] = mapped_column(
        String(64), ForeignKey("image_file.sha256", ondelete="CASCADE"), primary_key=True
    )
    detail: Mapped[bytes] = mapped_column(LargeBinary)


class ImageToCompare(Model):
    """A photo to be compared: added, moved, or its pair was deleted.

    Written by triggers, consumed by ``near_duplicates.compare_some``.

    No foreign keys, so that deleting photos needs no locks here; a photo may have several rows.
    """

    __tablename__ = "photo_to_compare"
    __table_args__ = (Index("ix_photo_to_compare_model", "model_id", "id"),)

    id: Mapped[PrimaryKey]
    model_id: Mapped[int]
    image_id: Mapped[int]
