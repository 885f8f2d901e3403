"""Who is to label which photo, and what people say to each other about a place on it."""

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.accounts import User
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


class Comment(Model):
    """What somebody says about a place on a photo, or answers to it.

    No foreign key to the photo: the comments wait while it is in the trash (``images/trash.py`` removes them for good).
    """

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("detection_model.id", ondelete="CASCADE"), index=True)
    image_id: Mapped[int] = mapped_column(index=True)
    answer_to: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    x: Mapped[float]
    """Pixels of the photo; an answer has the place of what it answers."""
    y: Mapped[float]
    text: Mapped[str] = mapped_column(Text)
    resolved: Mapped[bool] = mapped_column(default=False)
    """Of an answer: false."""
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[CreatedAt]

    user: Mapped[User | None] = relationship()
