"""The history of a photo's labels; a label may come from a suggestion"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "annotation_history"
down_revision = "0003"
branch_labels = None
depends_on = None

SOURCES = ("editor", "api", "import", "suggestion", "via", "restore", "categories", "earlier")


def upgrade() -> None:
    op.create_table(
        "label_version",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "source", sa.Enum(*SOURCES, name="labelsource", native_enum=False, length=32), nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shapes", sa.Integer(), nullable=False),
        sa.Column("no_object", sa.Boolean(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_label_version_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_label_version_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_version")),
        sa.UniqueConstraint("image_id", "version", name=op.f("uq_label_version_image_id_version")),
    )
    op.create_index(op.f("ix_label_version_model_id"), "label_version", ["model_id"])
    op.add_column(
        "annotation", sa.Column("suggested", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("annotation", "suggested")
    op.drop_table("label_version")
