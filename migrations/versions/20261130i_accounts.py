"""Sessions on the server, one-time links and temporary passwords, scopes and ends of API tokens"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "accounts"
down_revision = "run_intervals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("persistent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("browser", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_user_session_token_sha256")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"])
    op.add_column("user_account", sa.Column("theme", sa.String(16)))
    op.add_column("user_account", sa.Column("last_seen_at", sa.DateTime(timezone=True)))
    op.add_column("user_account", sa.Column("unlocked_at", sa.DateTime(timezone=True)))
    op.add_column(
        "user_account",
        sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("user_account", sa.Column("one_time_sha256", sa.String(64)))
    op.add_column("user_account", sa.Column("one_time_ends_at", sa.DateTime(timezone=True)))
    op.create_unique_constraint(op.f("uq_user_account_one_time_sha256"), "user_account", ["one_time_sha256"])
    # What a token could do so far was all that its account may.
    op.add_column("api_token", sa.Column("scope", sa.String(32), nullable=False, server_default="all"))
    op.add_column("api_token", sa.Column("ends_at", sa.DateTime(timezone=True)))
    op.add_column("api_token", sa.Column("model_ids", postgresql.ARRAY(sa.Integer())))


def downgrade() -> None:
    # Without these columns a bound or ended token would do everything again.
    op.execute(
        "UPDATE api_token SET revoked_at = now() WHERE revoked_at IS NULL "
        "AND (scope <> 'all' OR model_ids IS NOT NULL OR ends_at IS NOT NULL)"
    )
    for column in ("model_ids", "ends_at", "scope"):
        op.drop_column("api_token", column)
    for column in (
        "one_time_ends_at",
        "one_time_sha256",
        "must_change_password",
        "unlocked_at",
        "last_seen_at",
        "theme",
    ):
        op.drop_column("user_account", column)
    op.drop_table("user_session")
