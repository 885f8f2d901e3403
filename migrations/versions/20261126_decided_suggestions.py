"""Suggestions that were decided stay for undo"""

import sqlalchemy as sa
from alembic import op

revision = "decided_suggestions"
down_revision = "suggestions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suggestion", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM suggestion WHERE decided_at IS NOT NULL")
    op.drop_column("suggestion", "decided_at")
