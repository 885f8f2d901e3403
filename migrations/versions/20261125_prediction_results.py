"""Predictions that can be judged, drawn again and gone on with"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "prediction_results"
down_revision = "annotation_history"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verdict_rule",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("comparison", sa.String(length=32), nullable=False),
        sa.Column("limit", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_verdict_rule_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict_rule")),
    )
    op.create_index(op.f("ix_verdict_rule_model_id"), "verdict_rule", ["model_id"])
    op.add_column("prediction_run", sa.Column("resumes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("predicted_photo", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("predicted_photo", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("prediction_run", "resumes", server_default=None)
    op.alter_column("predicted_photo", "attempts", server_default=None)
    op.create_index("ix_predicted_photo_state", "predicted_photo", ["run_id", "state", "id"])
    op.add_column("detection", sa.Column("outlines", postgresql.JSONB(), nullable=True))
    for name, of_sides in (("length", "greatest"), ("width", "least")):
        op.add_column("detection", sa.Column(name, sa.Float(), nullable=True))
        # What was found before has no mask measured yet: the sides of its box stand for it.
        op.execute(f'UPDATE detection SET "{name}" = {of_sides}((bbox->>2)::float, (bbox->>3)::float)')
        op.alter_column("detection", name, nullable=False)


def downgrade() -> None:
    for name in ("outlines", "length", "width"):
        op.drop_column("detection", name)
    op.drop_index("ix_predicted_photo_state", table_name="predicted_photo")
    op.drop_column("predicted_photo", "finished_at")
    op.drop_column("predicted_photo", "attempts")
    op.drop_column("prediction_run", "resumes")
    op.drop_table("verdict_rule")
