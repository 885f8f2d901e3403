"""Tests of training runs, their photos; names, notes and trash of runs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "run_evaluation"
down_revision = "training_engine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_evaluation",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["training_run.id"],
            ondelete="CASCADE",
            name=op.f("fk_run_evaluation_run_id_training_run"),
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_evaluation")),
    )
    op.create_table(
        "evaluated_photo",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("found_scores", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("false_scores", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("shapes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run_evaluation.run_id"],
            ondelete="CASCADE",
            name=op.f("fk_evaluated_photo_run_id_run_evaluation"),
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_evaluated_photo")),
    )
    op.add_column("training_run", sa.Column("test_done", sa.Integer(), nullable=True))
    op.add_column("training_run", sa.Column("test_total", sa.Integer(), nullable=True))
    op.add_column("training_run", sa.Column("name", sa.String(100), server_default="", nullable=False))
    op.add_column("training_run", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("training_run", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("deleted_at", "note", "name", "test_total", "test_done"):
        op.drop_column("training_run", column)
    op.drop_table("evaluated_photo")
    op.drop_table("run_evaluation")
