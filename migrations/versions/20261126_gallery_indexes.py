"""The indexes of the gallery hold what its filters ask for, so that a row that does not fit need not be read"""

from alembic import op

revision = "gallery_indexes"
down_revision = "decided_suggestions"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_image_gallery": (
        "image",
        ["model_id", "split", "labelled", "created_at", "id"],
        ["filename", "review"],
    ),
    "ix_image_gallery_name": (
        "image",
        ["model_id", "split", "labelled", "filename"],
        ["id", "created_at", "review"],
    ),
    "ix_image_category_date": (
        "image_category",
        ["category_id", "split", "review", "created_at", "image_id"],
        ["filename"],
    ),
    "ix_image_category_name": (
        "image_category",
        ["category_id", "split", "filename"],
        ["image_id", "created_at", "review"],
    ),
}


def upgrade() -> None:
    for name, (table, columns, included) in INDEXES.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns, postgresql_include=included)


def downgrade() -> None:
    for name, (table, columns, _included) in INDEXES.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns)
