"""The library: background work on it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = ("import_preview", "import", "export", "copy", "move", "delete", "restore", "split")
STATUSES = ("queued", "running", "testing", "completed", "stopped", "failed")


def upgrade() -> None:
    add_library_runs()
    order_the_trash()
    add_gallery_orders()
    compare_images()
    say_who_deleted_a_model()


def downgrade() -> None:
    forget_comparisons()
    remove_gallery_orders()
    remove_library_runs()
    unorder_the_trash()
    forget_who_deleted_a_model()


def add_library_runs() -> None:
    """Imports, exports and copies."""
    timestamp = sa.DateTime(timezone=True)
    op.create_table(
        "library_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="librarykind", native_enum=False, length=32), nullable=False),
        sa.Column(
            "status", sa.Enum(*STATUSES, name="runstatus", native_enum=False, length=32), nullable=False
        ),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("stop_requested_at", timestamp, nullable=True),
        sa.Column("heartbeat_at", timestamp, nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", timestamp, nullable=False),
        sa.Column("started_at", timestamp, nullable=True),
        sa.Column("finished_at", timestamp, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_library_run_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_library_run_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_run")),
    )
    op.create_index("ix_library_run_model", "library_run", ["model_id", "kind", "id"])
    op.create_index(op.f("ix_library_run_status"), "library_run", ["status"])


def remove_library_runs() -> None:
    """Without their history."""
    op.drop_table("library_run")


def order_the_trash() -> None:
    """The trash of a model is read in pages, the last deleted first."""
    op.create_index("ix_trashed_image_page", "trashed_image", ["model_id", "deleted_at", "id"])
    op.drop_index(op.f("ix_trashed_image_model_id"), table_name="trashed_image")


def unorder_the_trash() -> None:
    op.create_index(op.f("ix_trashed_image_model_id"), "trashed_image", ["model_id"])
    op.drop_index("ix_trashed_image_page", table_name="trashed_image")


NAME_GRAMS = """
CREATE FUNCTION photo_name_grams(model_id integer, name text, shortest integer) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT model_id || ':' || substr(lower(name), place, width))
    FROM generate_series(1, length(name)) AS place, generate_series(shortest, 2) AS width
    WHERE place + width <= length(name) + 1
$$
"""
"""Characters and pairs of characters of a name, each with its model: a search then sees its model alone."""
INDEX_PHOTOS = {
    "INSERT": [
        "INSERT INTO image_name SELECT id, model_id, filename FROM new_rows",
        """
        INSERT INTO image_category (image_id, category_id, split, review, created_at, filename)
        SELECT DISTINCT id, unnest(category_ids), split, review, created_at, filename FROM new_rows
        """,
    ],
    "DELETE": [
        "DELETE FROM image_name USING old_rows WHERE image_id = old_rows.id",
        "DELETE FROM image_category USING old_rows WHERE image_id = old_rows.id",
    ],
    "UPDATE": [
        """
        UPDATE image_name SET filename = new_rows.filename
        FROM new_rows WHERE image_id = new_rows.id AND image_name.filename <> new_rows.filename
        """,
        """
        DELETE FROM image_category USING new_rows
        WHERE image_id = new_rows.id AND category_id <> ALL (new_rows.category_ids)
        """,
        """
        INSERT INTO image_category AS kept (image_id, category_id, split, review, created_at, filename)
        SELECT DISTINCT id, unnest(category_ids), split, review, created_at, filename FROM new_rows
        ON CONFLICT (image_id, category_id) DO UPDATE SET split = EXCLUDED.split, review = EXCLUDED.review,
            created_at = EXCLUDED.created_at, filename = EXCLUDED.filename
        WHERE (kept.split, kept.review, kept.created_at, kept.filename)
            <> (EXCLUDED.split, EXCLUDED.review, EXCLUDED.created_at, EXCLUDED.filename)
        """,
    ],
}
TRANSITION_TABLES = {
    "INSERT": "NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
    "UPDATE": "NEW TABLE AS new_rows OLD TABLE AS old_rows",
}
REPLACED_INDEXES = {
    "ix_image_category_ids": ["category_ids"],
    "ix_image_date": ["model_id", "split", "created_at", "id"],
    "ix_image_name": ["model_id", "split", "filename"],
    "ix_image_gallery": ["model_id", "split", "labelled", "id"],
}


def add_gallery_orders() -> None:
    """Indexes that a page of photos is read from, in each order and with each filter."""
    split = sa.Enum("train", "validation", "test", name="split", native_enum=False, length=32)
    review = sa.Enum("open", "reviewed", "rejected", name="review", native_enum=False, length=32)
    op.create_table(
        "image_category",
        sa.Column("image_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("category_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("split", split, nullable=False),
        sa.Column("review", review, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "category_id", name=op.f("pk_image_category")),
    )
    op.create_table(
        "image_name",
        sa.Column("image_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_image_name")),
    )
    op.execute(
        "INSERT INTO image_category (image_id, category_id, split, review, created_at, filename) "
        "SELECT DISTINCT id, unnest(category_ids), split, review, created_at, filename FROM image"
    )
    op.execute("INSERT INTO image_name SELECT id, model_id, filename FROM image")
    op.create_index(
        "ix_image_category_date",
        "image_category",
        ["category_id", "split", "review", "created_at", "image_id"],
    )
    op.create_index("ix_image_category_name", "image_category", ["category_id", "split", "filename"])
    op.execute(NAME_GRAMS)
    op.create_index(
        "ix_image_name_grams",
        "image_name",
        [sa.text("photo_name_grams(model_id, filename, 1)")],
        postgresql_using="gin",
    )
    for event, tables in TRANSITION_TABLES.items():
        name = f"index_photos_{event.lower()}"
        # EXECUTE plans anew each time: a plan kept from one photo would be a bad one for 100,000.
        steps = " ".join(f"EXECUTE $step${step}$step$;" for step in INDEX_PHOTOS[event])
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN {steps} RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON image REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    for name in REPLACED_INDEXES:
        op.drop_index(name, table_name="image")
    op.create_index("ix_image_gallery", "image", ["model_id", "split", "labelled", "created_at", "id"])
    op.create_index("ix_image_gallery_name", "image", ["model_id", "split", "labelled", "filename"])
    op.create_index(
        "ix_image_gallery_review", "image", ["model_id", "split", "review", "labelled", "created_at", "id"]
    )


def remove_gallery_orders() -> None:
    """The indexes as they were."""
    for name in ("ix_image_gallery_review", "ix_image_gallery_name", "ix_image_gallery"):
        op.drop_index(name, table_name="image")
    for name, columns in REPLACED_INDEXES.items():
        op.create_index(
            name, "image", columns, postgresql_using="gin" if columns == ["category_ids"] else "btree"
        )
    for event in TRANSITION_TABLES:
        name = f"index_photos_{event.lower()}"
        op.execute(f"DROP TRIGGER {name} ON image")
        op.execute(f"DROP FUNCTION {name}")
    op.drop_table("image_name")
    op.drop_table("image_category")
    op.execute("DROP FUNCTION photo_name_grams")


COMPARISON_TRIGGERS = {
    # A photo is compared when it comes, and again when it moves: the nearest of each split are kept.
    "image_came": (
        "INSERT ON image REFERENCING NEW TABLE AS new_rows",
        "INSERT INTO photo_to_compare (image_id, model_id) SELECT id, model_id FROM new_rows ORDER BY id;",
    ),
    "image_moved": (
        "UPDATE ON image REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
        # EXECUTE plans anew each time: a plan kept from one photo would be a bad one for 100,000. EXCEPT, because
        # PostgreSQL joins inside EXISTS row by row, which takes minutes where none of 100,000 has moved.
        """
    EXECUTE $step$ SELECT EXISTS (SELECT id, split FROM new_rows EXCEPT SELECT id, split FROM old_rows) $step$
        INTO moved;
    IF moved THEN
        EXECUTE $step$ INSERT INTO photo_to_compare (image_id, model_id)
        SELECT n.id, n.model_id FROM new_rows n JOIN old_rows o USING (id) WHERE n.split <> o.split
        ORDER BY n.id $step$;
        EXECUTE $step$ UPDATE near_duplicate d SET leaks = (a.split = 'train') <> (b.split = 'train')
        FROM image a, image b, (
            SELECT first_id, second_id FROM near_duplicate WHERE (first_id, second_id) IN (
                SELECT first_id, second_id FROM near_duplicate JOIN new_rows ON new_rows.id = first_id
                UNION SELECT first_id, second_id FROM near_duplicate JOIN new_rows ON new_rows.id = second_id
            ) ORDER BY first_id, second_id FOR UPDATE
        ) AS touched
        WHERE d.first_id = touched.first_id AND d.second_id = touched.second_id
            AND a.id = d.first_id AND b.id = d.second_id $step$;
    END IF;""",
    ),
    # Of three that look the same, the two that stay may have been kept as twins of the third alone.
    "near_duplicate_went": (
        "DELETE ON near_duplicate REFERENCING OLD TABLE AS old_rows",
        """
    INSERT INTO photo_to_compare (image_id, model_id)
    SELECT id, model_id FROM image WHERE id IN (
        SELECT first_id FROM old_rows UNION SELECT second_id FROM old_rows
    ) ORDER BY id;""",
    ),
}


def compare_images() -> None:
    """Photos that look the same: what waits to be compared, and which pairs stand apart."""
    op.create_table(
        "photo_to_compare",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_to_compare")),
    )
    op.create_index("ix_photo_to_compare_model", "photo_to_compare", ["model_id", "id"])
    op.create_table(
        "photo_detail",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["image_file.sha256"], name=op.f("fk_photo_detail_sha256"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_photo_detail")),
    )
    for column in ("leaks", "kept_apart"):
        op.add_column(
            "near_duplicate", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false())
        )
        op.alter_column("near_duplicate", column, server_default=None)
    op.create_index(
        "ix_near_duplicate_leaks",
        "near_duplicate",
        ["model_id", "distance", "first_id", "second_id"],
        postgresql_where=sa.text("leaks AND NOT kept_apart"),
    )
    for name, (event, body) in COMPARISON_TRIGGERS.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            f"DECLARE moved boolean;\nBEGIN\n    {body.strip()}\n    RETURN NULL;\nEND $$"
        )
        op.execute(f"CREATE TRIGGER {name} AFTER {event} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
    op.execute("INSERT INTO photo_to_compare (image_id, model_id) SELECT id, model_id FROM image ORDER BY id")


def forget_comparisons() -> None:
    """The pairs stay, without what was said of them."""
    for name, (event, _body) in COMPARISON_TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON {event.split()[2]}")
        op.execute(f"DROP FUNCTION {name}")
    op.drop_index("ix_near_duplicate_leaks", table_name="near_duplicate")
    for column in ("leaks", "kept_apart"):
        op.drop_column("near_duplicate", column)
    op.drop_table("photo_detail")
    op.drop_table("photo_to_compare")


def say_who_deleted_a_model() -> None:
    """The trash of models names who put a model there."""
    op.add_column("detection_model", sa.Column("deleted_by_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_detection_model_deleted_by_id"),
        "detection_model",
        "user_account",
        ["deleted_by_id"],
        ["id"],
        ondelete="SET NULL",
    )


def forget_who_deleted_a_model() -> None:
    """The column and its key."""
    op.drop_constraint(op.f("fk_detection_model_deleted_by_id"), "detection_model", type_="foreignkey")
    op.drop_column("detection_model", "deleted_by_id")
