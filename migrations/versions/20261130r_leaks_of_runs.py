"""A run keeps which of its photos that judge show what a photo for training shows"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "leaks_of_runs"
down_revision = "photo_groups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("training_run", sa.Column("leaks", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("training_run", "leaks")
