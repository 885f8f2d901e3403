"""A training names the photos that it left out"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "left_out_images"
down_revision = "photo_orientation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "training_run",
        sa.Column("left_out_images", postgresql.JSONB(), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("training_run", "left_out_images")
