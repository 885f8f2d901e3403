"""Who is to label which photo."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt


class Assignment(Model):
    """A photo that a person is to label. One person a photo; a photo without a row is anybody's."""

    __tablename__ = "assignment"
    __table_args__ = (Index("ix_assignment_person", "model_id", "user_id", "image_id"),)

    # It goes with the photo: one that comes back from the trash is anybody's.
    image_id: Mapped[int] = mapped_column(
        ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
