"""Counters kept by a trigger, trash, near duplicates, review marks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILL_CATEGORY_IDS = """
UPDATE image SET category_ids = used.ids
FROM (SELECT image_id, array_agg(DISTINCT category_id) AS ids FROM annotation GROUP BY image_id) AS used
WHERE used.image_id = image.id
"""
FILL_COUNTS = """
INSERT INTO image_count (model_id, split, labelled, count)
SELECT model_id, split, labelled, count(*) FROM image GROUP BY model_id, split, labelled
"""
CHANGES = {
    "INSERT": "SELECT model_id, split, labelled, 1 AS n FROM new_rows",
    "DELETE": "SELECT model_id, split, labelled, -1 AS n FROM old_rows",
    "UPDATE": "SELECT model_id, split, labelled, 1 AS n FROM new_rows "
    "UNION ALL SELECT model_id, split, labelled, -1 AS n FROM old_rows",
}
TRIGGERS = {
    "INSERT": "NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
    "UPDATE": "NEW TABLE AS new_rows OLD TABLE AS old_rows",
}


def count_function(event: str) -> str:
    """Adds what a statement changed, in a fixed order so that two transactions do not block each other."""
    return f"""
CREATE FUNCTION count_images_{event.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO image_count (model_id, split, labelled, count)
    SELECT model_id, split, labelled, sum(n) FROM ({CHANGES[event]}) AS changes
    GROUP BY model_id, split, labelled HAVING sum(n) <> 0 ORDER BY model_id, split, labelled
    ON CONFLICT (model_id, split, labelled) DO UPDATE SET count = image_count.count + EXCLUDED.count;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "image_count",
        sa.Column("model_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "split",
            sa.Enum("train", "validation", "test", name="split", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("labelled", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "split", "labelled", name=op.f("pk_image_count")),
    )
    op.create_table(
        "trashed_image",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column(
            "split",
            sa.Enum("train", "validation", "test", name="split", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deleted_by_id", sa.Integer(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deleted_by_id"],
            ["user_account.id"],
            name=op.f("fk_trashed_image_deleted_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_trashed_image_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["image_file.sha256"], name=op.f("fk_trashed_image_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trashed_image")),
    )
    op.create_index(op.f("ix_trashed_image_deleted_at"), "trashed_image", ["deleted_at"], unique=False)
    op.create_index(op.f("ix_trashed_image_model_id"), "trashed_image", ["model_id"], unique=False)
    op.create_index(op.f("ix_trashed_image_sha256"), "trashed_image", ["sha256"], unique=False)
    op.create_table(
        "near_duplicate",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["image.id"], name=op.f("fk_near_duplicate_first_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_near_duplicate_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["image.id"], name=op.f("fk_near_duplicate_second_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_near_duplicate")),
    )
    op.create_index(op.f("ix_near_duplicate_model_id"), "near_duplicate", ["model_id"], unique=False)
    op.create_index(op.f("ix_near_duplicate_second_id"), "near_duplicate", ["second_id"], unique=False)
    op.add_column(
        "image",
        sa.Column("category_ids", postgresql.ARRAY(sa.Integer()), nullable=False, server_default="{}"),
    )
    op.add_column(
        "image",
        sa.Column(
            "review",
            sa.Enum("open", "reviewed", "rejected", name="review", native_enum=False, length=32),
            nullable=False,
            server_default="open",
        ),
    )
    op.add_column("image", sa.Column("review_note", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_image_category_ids", "image", ["category_ids"], unique=False, postgresql_using="gin")
    op.create_index("ix_image_date", "image", ["model_id", "split", "created_at", "id"], unique=False)
    op.create_index("ix_image_name", "image", ["model_id", "split", "filename"], unique=False)
    op.add_column("image_file", sa.Column("phash", sa.BigInteger(), nullable=True))
    # The defaults were for the rows that existed; the app names every value.
    for column in ("category_ids", "review", "review_note"):
        op.alter_column("image", column, server_default=None)
    op.execute(FILL_CATEGORY_IDS)
    op.execute(FILL_COUNTS)
    for event, tables in TRIGGERS.items():
        op.execute(count_function(event))
        op.execute(
            f"CREATE TRIGGER count_images_{event.lower()} AFTER {event} ON image REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION count_images_{event.lower()}()"
        )


def downgrade() -> None:
    for event in TRIGGERS:
        op.execute(f"DROP TRIGGER count_images_{event.lower()} ON image")
        op.execute(f"DROP FUNCTION count_images_{event.lower()}")
    op.drop_column("image_file", "phash")
    op.drop_index("ix_image_name", table_name="image")
    op.drop_index("ix_image_date", table_name="image")
    op.drop_index("ix_image_category_ids", table_name="image", postgresql_using="gin")
    op.drop_column("image", "review_note")
    op.drop_column("image", "review")
    op.drop_column("image", "category_ids")
    op.drop_index(op.f("ix_near_duplicate_second_id"), table_name="near_duplicate")
    op.drop_index(op.f("ix_near_duplicate_model_id"), table_name="near_duplicate")
    op.drop_table("near_duplicate")
    op.drop_index(op.f("ix_trashed_image_sha256"), table_name="trashed_image")
    op.drop_index(op.f("ix_trashed_image_model_id"), table_name="trashed_image")
    op.drop_index(op.f("ix_trashed_image_deleted_at"), table_name="trashed_image")
    op.drop_table("trashed_image")
    op.drop_table("image_count")
