"""Index tables that triggers maintain, so that the gallery finds a page of photos without a full scan."""

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import Timestamp, enum_column
from webapp.models.images import Review, Split


class ImageCategory(Model):
    """One row for each category of a photo, indexed in the orders of the gallery.

    Maintained from ``Image.category_ids``.
    """

    __tablename__ = "image_category"
    __table_args__ = (
        Index(
            "ix_image_category_date",
            *("category_id", "split", "review", "created_at", "image_id"),
            postgresql_include=["filename"],
        ),
        Index(
            "ix_image_category_name",
            *("category_id", "split", "filename"),
            postgresql_include=["image_id", "created_at", "review"],
        ),
    )

    # No foreign keys: the triggers write and delete with the photos, many rows in one statement.
    image_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    category_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    split: Mapped[Split] = mapped_column(enum_column(Split))
    review: Mapped[Review] = mapped_column(enum_column(Review))
    created_at: Mapped[Timestamp]
    filename: Mapped[str] = mapped_column(String(255))


class ImageName(Model):
    """A photo's name, indexed by its pairs of characters. Separate from ``image``, whose rows change often."""

    __tablename__ = "image_name"
    __table_args__ = (
        # The function is defined in the database by a migration.
        Index("ix_image_name_grams", text("photo_name_grams(model_id, filename, 1)"), postgresql_using="gin"),
    )

    image_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model_id: Mapped[int]
    filename: Mapped[str] = mapped_column(String(255))
