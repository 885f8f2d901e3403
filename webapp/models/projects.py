"""``DetectionModel``: what a user calls a model. It owns photos, labels, runs and weights."""

from typing import Any

from sqlalchemy import ARRAY, Double, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.contracts.suppression import DEFAULT_MASK_IOU, Suppression
from webapp.core.extensions import Model
from webapp.formats.images.value_range import ValueRange
from webapp.models.accounts import Role, User
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column


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
    bit_depth: Mapped[int | None]
    """Range of the values of photos with more than 8 bits, chosen by a person: 0 to 2^bit_depth - 1. At most one of
    ``bit_depth`` and ``value_range`` is set; None in both means ``proposed_range``."""
    value_range: Mapped[list[float] | None] = mapped_column(ARRAY(Double))
    """The same as ``[low, high]``."""
    proposed_range: Mapped[list[float] | None] = mapped_column(ARRAY(Double))
    """``[low, high]`` that its first photos suggest (``webapp/images/values/ranges.py``)."""
    weights_in_use_id: Mapped[int | None] = mapped_column(ForeignKey("weights.id", use_alter=True))
    """What predictions take unless told otherwise (``webapp/training/weights/in_use.py``)."""
    suppress_mask_iou: Mapped[float | None] = mapped_column(
        # A None that is given is one, and does not ask for the default.
        Double().evaluates_none(),
        default=DEFAULT_MASK_IOU,
        server_default=str(DEFAULT_MASK_IOU),
    )
    """As ``webapp.contracts.suppression.Suppression`` has it; None: second detections of an object stay."""
    suppress_across_categories: Mapped[bool] = mapped_column(default=False, server_default="false")
    thresholds: Mapped[dict[str, float]] = mapped_column(JSONB, default=dict, server_default="{}")
    """Score thresholds that a person has set, by category; the others: ``webapp/training/weights/thresholds.py``."""
    closed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether it is there for its ``ModelMember`` alone, each with a role in it; else for everybody with their own
    (``webapp/projects/access.py``)."""
    review_by_others: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether labels are reviewed by somebody else than who made them."""
    groups_off: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Reasons (``PairReason``) that do not count for the groups of its photos."""
    group_name_pattern: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Regular expression of PostgreSQL: photos whose names give the same first group belong together. Empty: none."""
    example: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Made by a press to try the product with: it is thrown away without its name being typed."""
    place: Mapped[int | None]
    """Its place in the order by hand (``webapp/projects/choice.py``); None: after all that have one."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[Timestamp | None]
    """Since when it is in the trash (``webapp/projects/trash.py``); its name can be used again."""
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    @property
    def suppression(self) -> Suppression | None:
        """How second detections of an object are found; None where they are to stay."""
        if self.suppress_mask_iou is None:
            return None
        return Suppression(self.suppress_mask_iou, self.suppress_across_categories)

    @property
    def chosen_range(self) -> ValueRange | None:
        """The range of values that a person has set."""
        if self.bit_depth is not None:
            return ValueRange.of_depth(self.bit_depth)
        return ValueRange.of(self.value_range)

    @property
    def range_in_use(self) -> ValueRange | None:
        """The range of photos whose file says none; None while there was no such photo."""
        return self.chosen_range or ValueRange.of(self.proposed_range)


class ModelMember(Model):
    """A person who is named in a model. The role counts while the model is closed."""

    __tablename__ = "model_member"

    model_id: Mapped[int] = mapped_column(
        ForeignKey("detection_model.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[Role] = mapped_column(enum_column(Role))
    """Viewer, annotator or engineer."""
    created_at: Mapped[CreatedAt]
    user: Mapped[User] = relationship()
