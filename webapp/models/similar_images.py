"""Similar photos: features of each, pairs that were found, photos still to be compared."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import PrimaryKey


class PairReason(StrEnum):
    """Why two photos belong together; each can be switched off for a model (``DetectionModel.groups_off``)."""

    COPY = "copy"
    """The same picture in another file."""
    LOOK = "look"
    """Their perceptual hashes are near, in one of eight orientations, and so is their fine structure."""
    PART = "part"
    """A network finds them similar, and one is a part of the other or was taken a little beside it."""
    NAME = "name"
    """Their names say so, by ``DetectionModel.group_name_pattern``."""
    HAND = "hand"
    """A person said so."""


class NearDuplicate(Model):
    """Two photos of one model that belong together; ``first_id`` is the smaller id.

    The groups of photos are the connected parts of the pairs that count: neither ``kept_apart`` nor ``off``.
    """

    __tablename__ = "near_duplicate"
    __table_args__ = (
        Index(
            "ix_near_duplicate_leaks",
            "model_id",
            "distance",
            "first_id",
            "second_id",
            postgresql_where=text("leaks AND NOT kept_apart AND NOT off"),
        ),
    )

    first_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    distance: Mapped[int]
    """Bits that differ between the two perceptual hashes, 0 to 64; in the orientation where they are nearest."""
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), default=lambda: [PairReason.LOOK.value])
    """``PairReason``, at least one."""
    off: Mapped[bool] = mapped_column(default=False)
    """All of its reasons are switched off for the model."""
    orientation: Mapped[int | None] = mapped_column(SmallInteger)
    """How the first is turned to look like the second (``webapp/formats/images/orientations.py``); None if unknown."""
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
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    """Its perceptual hash in eight orientations: ``hashes_of`` in ``webapp/formats/images/orientations.py``, int64."""


class ImageFeatures(Model):
    """Features of a photo and of its parts, of the network that trainings start from.

    ``webapp/formats/images/features.py`` has their form; the predict worker computes them.
    """

    __tablename__ = "photo_features"

    sha256: Mapped[str] = mapped_column(
        String(64), ForeignKey("image_file.sha256", ondelete="CASCADE"), primary_key=True
    )
    vectors: Mapped[bytes] = mapped_column(LargeBinary)


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
