"""Models that are open or closed, and the people who are named in them"""

import sqlalchemy as sa
from alembic import op

revision = "members"
down_revision = "accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Models of before are open, as they were.
    op.add_column(
        "detection_model", sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "model_member",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "user_id", name=op.f("pk_model_member")),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_model_member_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_model_member_user_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_model_member_user_id"), "model_member", ["user_id"])


def downgrade() -> None:
    # The version before would show closed models to everybody.
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM detection_model WHERE closed) THEN "
        "RAISE EXCEPTION 'There are closed models: open them, or delete them for good, before going back.'; "
        "END IF; END $$"
    )
    op.drop_table("model_member")
    op.drop_column("detection_model", "closed")
