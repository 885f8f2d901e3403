"""Labels that look wrong beside out-of-fold detections, and those that a person has seen to be right"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "label_mistakes"
down_revision = "out_of_fold"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_ranking",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("expectations", postgresql.JSONB(), nullable=False),
        sa.Column("least_score", sa.Float(), nullable=False),
        sa.Column("ranked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["training_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_table(
        "ranked_photo",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("image_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["label_ranking.run_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "image_id"),
    )
    op.create_index("ix_ranked_photo_image_id", "ranked_photo", ["image_id"])
    op.create_table(
        "label_mistake",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("annotation_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("detection_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "image_id"], ["ranked_photo.run_id", "ranked_photo.image_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_label_mistake_photo", "label_mistake", ["run_id", "image_id"])
    op.create_index("ix_label_mistake_rank", "label_mistake", ["run_id", "score", "id"])
    op.create_table(
        "kept_label",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.Column("place", postgresql.JSONB(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["detection_model.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("model_id", "image_id", "user_id"):
        op.create_index(f"ix_kept_label_{column}", "kept_label", [column])


def downgrade() -> None:
    for table in ("kept_label", "label_mistake", "ranked_photo", "label_ranking"):
        op.drop_table(table)
