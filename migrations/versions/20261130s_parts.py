"""The part, line or day that a photo shows, by which the split can be made"""

import sqlalchemy as sa
from alembic import op

revision = "photo_parts"
down_revision = "leaks_of_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("part", "folder"):
        op.add_column("image", sa.Column(name, sa.String(length=255), nullable=True))
    op.create_index(
        "ix_image_part", "image", ["model_id", "part"], postgresql_where=sa.text("part IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_image_part", table_name="image")
    for name in ("part", "folder"):
        op.drop_column("image", name)
