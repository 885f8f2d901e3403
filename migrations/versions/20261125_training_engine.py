"""Training: checkpoints, best iteration, resuming, and what each iteration needed"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "training_engine"
down_revision = "prediction_results"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("training_run", sa.Column("best_iteration", sa.Integer(), nullable=True))
    op.add_column(
        "training_run",
        sa.Column("checkpoints", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )
    for name in ("attempt", "resumes"):
        op.add_column("training_run", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run_loss", sa.Column("full_validation_loss", sa.Float(), nullable=True))
    op.add_column("run_loss", sa.Column("device_memory", sa.BigInteger(), nullable=True))
    op.add_column("weights", sa.Column("kind", sa.String(8), nullable=True))
    op.add_column("weights", sa.Column("iteration", sa.Integer(), nullable=True))
    # Until now a run saved its last weights alone.
    op.execute(
        "UPDATE weights SET kind = 'last', iteration = run.iteration "
        "FROM training_run AS run WHERE run.id = weights.run_id"
    )
    for name in ("checkpoints", "attempt", "resumes"):
        op.alter_column("training_run", name, server_default=None)


def downgrade() -> None:
    for table, names in (
        ("training_run", ("best_iteration", "checkpoints", "attempt", "resumes")),
        ("run_loss", ("full_validation_loss", "device_memory")),
        ("weights", ("kind", "iteration")),
    ):
        for name in names:
            op.drop_column(table, name)
