"""Labels that weights suggest, how uncertain they were, and labels that look wrong beside what was found."""

from typing import Any

from sqlalchemy import ARRAY, ForeignKey, ForeignKeyConstraint, Index, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.formats.masks.segmentation import Box, Polygons, Rle
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column
from webapp.models.images import Image


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


class LabelRanking(Model):
    """The labels of a model held against the out-of-fold detections of one of its cross-validations."""

    __tablename__ = "label_ranking"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("training_run.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    expectations: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """``webapp.formats.label_mistakes.expectations.Expectations``, by which changed labels are held too."""
    least_score: Mapped[float]
    """Score of the last mistake that was kept: at first there are a tenth as many as labels."""
    ranked_at: Mapped[Timestamp]


class RankedImage(Model):
    """A photo of a ranking; when its labels change it is ranked again."""

    __tablename__ = "ranked_photo"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("label_ranking.run_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    image_id: Mapped[int] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    version: Mapped[int]
    """``Image.annotations_version`` of the labels that were ranked."""


class LabelMistake(Model):
    """A mistake that may be there, and about which nobody has said anything."""

    __tablename__ = "label_mistake"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "image_id"], ["ranked_photo.run_id", "ranked_photo.image_id"], ondelete="CASCADE"
        ),
        Index("ix_label_mistake_photo", "run_id", "image_id"),
        Index("ix_label_mistake_rank", "run_id", "score", "id"),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[int]
    image_id: Mapped[int]
    kind: Mapped[MistakeKind] = mapped_column(enum_column(MistakeKind))
    score: Mapped[float]
    """0 to 1 with at most nine decimals, higher is likelier; comparable between the kinds."""
    annotation_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """The labels that are wrong, as long as the photo has the version that was ranked; of a doubled one the first can
    go."""
    detection_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """What should be there instead, of ``out_of_fold_detection``."""
    photo: Mapped[RankedImage] = relationship(viewonly=True)
    image: Mapped[Image] = relationship(
        viewonly=True, primaryjoin=lambda: foreign(LabelMistake.image_id) == Image.id
    )


class KeptLabel(Model):
    """A person has seen that it is right: it is not asked again until the label changes."""

    __tablename__ = "kept_label"

    id: Mapped[PrimaryKey]
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    # No foreign key: a photo in the trash keeps what was said of it and comes back with its id.
    image_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[MistakeKind] = mapped_column(enum_column(MistakeKind))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Of the labels as they were; None where the question was about a place without a label."""
    place: Mapped[Rle | None] = mapped_column(JSONB(none_as_null=True))
    """Mask of the place where there is nothing to label."""
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    kept_at: Mapped[CreatedAt]
