"""Second detections of an object are left out, and weights carry advised score thresholds"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "suppression"
down_revision = "weights_in_use"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Results that exist stay as they are; what is predicted from now on has each object once.
    op.add_column("detection_model", sa.Column("suppress_mask_iou", sa.Double(), server_default="0.5"))
    op.add_column(
        "detection_model",
        sa.Column("suppress_across_categories", sa.Boolean(), nullable=False, server_default="false"),
    )
    op.add_column("detection_model", sa.Column("thresholds", JSONB(), nullable=False, server_default="{}"))
    # Weights of before were not tried on their validation photos: nothing is advised for them.
    op.add_column("weights", sa.Column("thresholds", JSONB()))


def downgrade() -> None:
    op.drop_column("weights", "thresholds")
    for column in ("thresholds", "suppress_across_categories", "suppress_mask_iou"):
        op.drop_column("detection_model", column)
