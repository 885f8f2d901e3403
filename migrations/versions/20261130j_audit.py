"""The audit: rows that nobody changes, each chained to the one before"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE

revision = "audit"
down_revision = "members"
branch_labels = None
depends_on = None

INDEXES = {
    "at": ["at"],
    "actor": ["actor", "id"],
    "action": ["action", "id"],
    "kind": ["object_kind", "id"],
    "object": ["object_kind", "object_id", "id"],
    "model": ["model_id", "id"],
}
REFUSE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of the audit are neither changed nor deleted' USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("address", sa.String(45)),
        sa.Column("token_id", sa.Integer()),
        sa.Column("object_kind", sa.String(32)),
        sa.Column("object_id", sa.Integer()),
        sa.Column("object_name", sa.String(255), nullable=False),
        sa.Column("model_id", sa.Integer()),
        sa.Column("number", sa.Integer()),
        sa.Column("object_ids", INT4MULTIRANGE()),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    for name, columns in INDEXES.items():
        op.create_index(op.f(f"ix_audit_entry_{name}"), "audit_entry", columns)
    op.create_index(
        op.f("ix_audit_entry_object_ids"),
        "audit_entry",
        ["object_ids"],
        postgresql_using="gist",
        postgresql_where=sa.text("object_ids IS NOT NULL"),
    )
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
        sa.CheckConstraint("one", name=op.f("ck_audit_head_one_row")),
    )
    op.execute(f"INSERT INTO audit_head (one, count, hash) VALUES (true, 0, '{'0' * 64}')")
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    for table in ("audit_entry", "audit_head"):
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )
    op.execute(
        "CREATE TRIGGER refuse_delete BEFORE DELETE ON audit_head "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )


def downgrade() -> None:
    op.drop_table("audit_head")
    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION refuse_audit_change()")
