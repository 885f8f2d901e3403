"""Suggested labels, and how unsure a model is about a photo"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "suggestions"
down_revision = "line"
branch_labels = None
depends_on = None


def upgrade() -> None:
    timestamp = sa.DateTime(timezone=True)
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("segmentation", postgresql.JSONB(), nullable=False),
        sa.Column("bbox", postgresql.JSONB(), nullable=False),
        sa.Column("area", sa.Float(), nullable=False),
        sa.Column("weights_id", sa.Integer(), nullable=True),
        sa.Column("prediction_run_id", sa.Integer(), nullable=True),
        sa.Column("created_at", timestamp, nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_suggestion_image_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["weights_id"], ["weights.id"], name=op.f("fk_suggestion_weights_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["prediction_run_id"],
            ["prediction_run.id"],
            name=op.f("fk_suggestion_prediction_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    op.create_index(op.f("ix_suggestion_image_id"), "suggestion", ["image_id"])
    op.create_table(
        "uncertainty",
        sa.Column("image_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("weights_id", sa.Integer(), nullable=True),
        sa.Column("created_at", timestamp, nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_uncertainty_image_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_uncertainty_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["weights_id"], ["weights.id"], name=op.f("fk_uncertainty_weights_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_uncertainty")),
    )
    op.create_index("ix_uncertainty_order", "uncertainty", ["model_id", "value", "image_id"])


def downgrade() -> None:
    op.drop_table("uncertainty")
    op.drop_table("suggestion")
