"""Groups of photos: why two photos belong together, which sources count, and features of a network"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "photo_groups"
down_revision = "library_run_resumes"
branch_labels = None
depends_on = None

INDEX = "ix_near_duplicate_leaks"
COLUMNS = ["model_id", "distance", "first_id", "second_id"]


def upgrade() -> None:
    texts = postgresql.ARRAY(sa.Text())
    op.add_column("near_duplicate", sa.Column("reasons", texts, nullable=False, server_default="{look}"))
    op.add_column("near_duplicate", sa.Column("off", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("near_duplicate", sa.Column("orientation", sa.SmallInteger(), nullable=True))
    op.alter_column("near_duplicate", "reasons", server_default=None)
    op.alter_column("near_duplicate", "off", server_default=None)
    op.drop_index(INDEX, table_name="near_duplicate")
    op.create_index(
        INDEX, "near_duplicate", COLUMNS, postgresql_where=sa.text("leaks AND NOT kept_apart AND NOT off")
    )
    op.add_column("detection_model", sa.Column("groups_off", texts, nullable=False, server_default="{}"))
    op.add_column(
        "detection_model", sa.Column("group_name_pattern", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("photo_detail", sa.Column("hashes", sa.LargeBinary(), nullable=True))
    op.create_table(
        "photo_features",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["image_file.sha256"], name=op.f("fk_photo_features_sha256"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_photo_features")),
    )
    # The fine structure is finer now: it is computed again, and every photo compared again.
    op.execute("DELETE FROM photo_detail")
    op.alter_column("photo_detail", "hashes", nullable=False)
    op.execute("DELETE FROM photo_to_compare")
    op.execute("DELETE FROM near_duplicate WHERE NOT kept_apart")
    op.execute("DELETE FROM photo_to_compare")
    op.execute("INSERT INTO photo_to_compare (image_id, model_id) SELECT id, model_id FROM image ORDER BY id")


def downgrade() -> None:
    op.drop_table("photo_features")
    op.execute("DELETE FROM photo_detail")
    op.drop_column("photo_detail", "hashes")
    op.drop_column("detection_model", "group_name_pattern")
    op.drop_column("detection_model", "groups_off")
    op.execute("DELETE FROM near_duplicate WHERE NOT kept_apart AND (off OR NOT reasons && '{copy,look}')")
    op.drop_index(INDEX, table_name="near_duplicate")
    for column in ("orientation", "off", "reasons"):
        op.drop_column("near_duplicate", column)
    op.create_index(INDEX, "near_duplicate", COLUMNS, postgresql_where=sa.text("leaks AND NOT kept_apart"))
    op.execute("INSERT INTO photo_to_compare (image_id, model_id) SELECT id, model_id FROM image ORDER BY id")
