"""An import has a life before its report: files that arrive, a preview, choices"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "data_import"
down_revision = "run_evaluation"
branch_labels = None
depends_on = None

KINDS = ("photo", "annotations", "zip", "litter")
STAGES = ("receiving", "preview", "completed")


def upgrade() -> None:
    rename("import_report", "data_import")
    op.alter_column("data_import", "report", nullable=True)
    stage = sa.Enum(*STAGES, name="importstage", native_enum=False, length=32)
    # Every report so far is that of an import that was carried out.
    op.add_column("data_import", sa.Column("stage", stage, nullable=False, server_default="completed"))
    op.alter_column("data_import", "stage", server_default=None)
    op.drop_column("data_import", "status")
    op.add_column("data_import", sa.Column("key", sa.String(64)))
    op.create_unique_constraint(op.f("uq_data_import_key"), "data_import", ["key"])
    op.add_column("data_import", sa.Column("run_id", sa.Integer()))
    op.create_foreign_key(
        op.f("fk_data_import_run_id"), "data_import", "library_run", ["run_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("data_import", sa.Column("preview", postgresql.JSONB()))
    op.add_column("data_import", sa.Column("findings", postgresql.JSONB()))
    op.add_column("data_import", sa.Column("changed_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE data_import SET changed_at = created_at")
    op.alter_column("data_import", "changed_at", nullable=False)
    op.create_table(
        "import_file",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="filekind", native_enum=False, length=32), nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("fault", postgresql.JSONB()),
        sa.ForeignKeyConstraint(
            ["import_id"], ["data_import.id"], name=op.f("fk_import_file_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
    )
    op.create_index(op.f("ix_import_file_import_id"), "import_file", ["import_id"])
    op.create_index(op.f("ix_import_file_sha256"), "import_file", ["sha256"])


def downgrade() -> None:
    op.drop_table("import_file")
    op.execute("DELETE FROM data_import WHERE stage <> 'completed'")
    op.add_column(
        "data_import", sa.Column("status", sa.String(16), nullable=False, server_default="completed")
    )
    op.alter_column("data_import", "status", server_default=None)
    for column in ("changed_at", "findings", "preview", "run_id", "key", "stage"):
        op.drop_column("data_import", column)
    op.alter_column("data_import", "report", nullable=False)
    rename("data_import", "import_report")


def rename(before: str, after: str) -> None:
    """The table and everything that is named after it."""
    op.rename_table(before, after)
    op.execute(f"ALTER INDEX ix_{before}_model_id RENAME TO ix_{after}_model_id")
    for name in ("pk_{}", "fk_{}_model_id", "fk_{}_created_by_id"):
        op.execute(f"ALTER TABLE {after} RENAME CONSTRAINT {name.format(before)} TO {name.format(after)}")
