"""Photos have a checksum, and remarks on what became of them as they were stored"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "photo_remarks"
down_revision = "predicted_folder"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what was stored before, nothing is remarked, and whether it is whole is found by decoding it.
    op.add_column("image_file", sa.Column("checksum", sa.BigInteger()))
    for table in ("image_file", "import_file"):
        op.add_column(table, sa.Column("remarks", postgresql.JSONB(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for table in ("import_file", "image_file"):
        op.drop_column(table, "remarks")
    op.drop_column("image_file", "checksum")
