"""Alerts: settings and messages; ends of runs are found by their time"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "alerts"
down_revision = "validation_ap"
branch_labels = None
depends_on = None
RUNS = ("training_run", "prediction_run", "library_run")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alert_settings",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.String(32)), nullable=False),
        sa.Column("recipients", postgresql.ARRAY(sa.String(254)), nullable=False),
        sa.Column("webhook_url", sa.Text(), nullable=True),
        sa.Column("webhook_salt", sa.String(64), nullable=True),
        sa.Column("backup_days", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("seen_until", moment, nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_alert_settings_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_alert_settings")),
    )
    op.create_table(
        "alert_delivery",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", moment, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_delivery")),
        sa.UniqueConstraint("channel", "key", name=op.f("uq_alert_delivery_channel")),
    )
    op.create_index("ix_alert_delivery_created_at", "alert_delivery", ["created_at"])
    for table in RUNS:
        op.create_index(f"ix_{table}_finished_at", table, ["finished_at"])


def downgrade() -> None:
    for table in RUNS:
        op.drop_index(f"ix_{table}_finished_at", table)
    op.drop_table("alert_delivery")
    op.drop_table("alert_settings")
