"""Folds of cross-validations, and what is found on photos by weights that were not trained on them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "out_of_fold"
down_revision = "alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "training_fold",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("metrics", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("objects", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["training_run.id"],
            name=op.f("fk_training_fold_run_id_training_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_training_fold")),
    )
    op.create_table(
        "out_of_fold_photo",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("judged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "fold"],
            ["training_fold.run_id", "training_fold.number"],
            name=op.f("fk_out_of_fold_photo_run_id_training_fold"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_out_of_fold_photo")),
        sa.UniqueConstraint("run_id", "sha256", name=op.f("uq_out_of_fold_photo_run_id")),
    )
    op.create_index("ix_out_of_fold_photo_fold", "out_of_fold_photo", ["run_id", "fold"])
    op.create_table(
        "out_of_fold_detection",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("bbox", postgresql.JSONB(), nullable=False),
        sa.Column("segmentation", postgresql.JSONB(), nullable=False),
        sa.Column("area", sa.Float(), nullable=False),
        sa.Column("length", sa.Float(), nullable=False),
        sa.Column("width", sa.Float(), nullable=False),
        sa.Column("outlines", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["out_of_fold_photo.id"],
            name=op.f("fk_out_of_fold_detection_photo_id_out_of_fold_photo"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_out_of_fold_detection")),
    )
    op.create_index(op.f("ix_out_of_fold_detection_photo_id"), "out_of_fold_detection", ["photo_id"])


def downgrade() -> None:
    for table in ("out_of_fold_detection", "out_of_fold_photo", "training_fold"):
        op.drop_table(table)
