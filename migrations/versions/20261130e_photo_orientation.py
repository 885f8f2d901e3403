"""EXIF orientation of photos, by which labels of raw pixels are turned"""

import sqlalchemy as sa
from alembic import op

revision = "photo_orientation"
down_revision = "gallery_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("image_file", sa.Column("orientation", sa.SmallInteger(), nullable=True))
    op.add_column("import_file", sa.Column("orientation", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("import_file", "orientation")
    op.drop_column("image_file", "orientation")
