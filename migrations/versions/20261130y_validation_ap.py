"""AP on the validation photos during a training"""

import sqlalchemy as sa
from alembic import op

revision = "validation_ap"
down_revision = "example_models"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run_loss", sa.Column("validation_ap", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("run_loss", "validation_ap")
