"""The order of the models by hand"""

import sqlalchemy as sa
from alembic import op

revision = "order_by_hand"
down_revision = "label_mistakes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("detection_model", sa.Column("place", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("detection_model", "place")
