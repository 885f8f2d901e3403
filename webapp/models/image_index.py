"""Tables that triggers keep beside ``image``, so that the gallery finds a page of photos without looking at all.

``migrations`` has the triggers; they run once a statement. For example, the photo 7, ``Scratch-1.jpg``, of model 1,
comes into the split train with the ``category_ids`` {4, 9}. ``image_name`` gets (7, 1, Scratch-1.jpg), which its index
holds as ``1:s``, ``1:sc``, ``1:c``, ``1:cr`` and so on: a search for "scr" in model 1 asks for photos that have
``1:sc`` and ``1:cr``, then looks at their names. ``image_category`` gets two rows, (7, 4, train, open, ...) and
(7, 9, train, open, ...): the photos of category 4 stand in the order of their dates without a join. When its labels
change to {9, 12}, the row of 4 goes, one of 12 comes, and that of 9 stays; a new split or review mark changes both.
"""

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.extensions import Model
from webapp.models.columns import Timestamp, enum_column
from webapp.models.images import Review, Split


class ImageCategory(Model):
    """A photo that shows a category, in the orders of the gallery. Kept from ``Image.category_ids``."""

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
    """A photo's name, indexed by its pairs of characters. Apart from ``image``, whose rows change often."""

    __tablename__ = "image_name"
    __table_args__ = (
        # The function is the database's own, made by the migration.
        Index("ix_image_name_grams", text("photo_name_grams(model_id, filename, 1)"), postgresql_using="gin"),
    )

    image_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model_id: Mapped[int]
    filename: Mapped[str] = mapped_column(String(255))
