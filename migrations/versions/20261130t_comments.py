"""Comments on places of photos"""

import sqlalchemy as sa
from alembic import op

revision = "comments"
down_revision = "photo_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "model_id", sa.Integer(), sa.ForeignKey("detection_model.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("answer_to", sa.Integer(), sa.ForeignKey("comment.id", ondelete="CASCADE")),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("resolved", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="SET NULL")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_comment_image_id", "comment", ["image_id"])
    op.create_index("ix_comment_model_id", "comment", ["model_id"])
    op.create_index("ix_comment_answer_to", "comment", ["answer_to"])
    op.create_index("ix_comment_user_id", "comment", ["user_id"])


def downgrade() -> None:
    op.drop_table("comment")
