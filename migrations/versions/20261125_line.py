"""Watched folders, and names of tokens: what machines on the line use"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "line"
down_revision = "data_import"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watched_folder",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("score_threshold", sa.Float(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("last_photo_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fault", postgresql.JSONB(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_watched_folder_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_watched_folder_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_folder")),
        sa.UniqueConstraint("model_id", name=op.f("uq_watched_folder_model_id")),
        sa.UniqueConstraint("name", name=op.f("uq_watched_folder_name")),
    )
    op.add_column("api_token", sa.Column("name", sa.String(length=100), nullable=False, server_default=""))
    op.alter_column("api_token", "name", server_default=None)


def downgrade() -> None:
    op.drop_column("api_token", "name")
    op.drop_table("watched_folder")
