"""Models to try the product with"""

import sqlalchemy as sa
from alembic import op

revision = "example_models"
down_revision = "comments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "detection_model", sa.Column("example", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("detection_model", "example")
