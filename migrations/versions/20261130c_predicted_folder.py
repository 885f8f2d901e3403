"""A predicted photo keeps the folder that it was sent with"""

import sqlalchemy as sa
from alembic import op

revision = "predicted_folder"
down_revision = "left_out_images"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("predicted_photo", sa.Column("folder", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("predicted_photo", "folder")
