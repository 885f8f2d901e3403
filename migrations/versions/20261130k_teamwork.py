"""Work in a team: photos assigned to people, review by somebody else, figures of labels by day"""

import sqlalchemy as sa
from alembic import op

revision = "teamwork"
down_revision = "audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("image_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_assignment")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_assignment_image_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_assignment_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_assignment_user_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_assignment_person"), "assignment", ["model_id", "user_id", "image_id"])
    op.create_index(op.f("ix_assignment_user_id"), "assignment", ["user_id"])
    op.add_column(
        "detection_model",
        sa.Column("review_by_others", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(op.f("ix_label_version_day"), "label_version", ["model_id", "created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_label_version_day"), "label_version")
    op.drop_column("detection_model", "review_by_others")
    op.drop_table("assignment")
