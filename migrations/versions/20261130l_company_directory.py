"""Accounts of the company's directory"""

import sqlalchemy as sa
from alembic import op

revision = "company_directory"
down_revision = "teamwork"
branch_labels = None
depends_on = None
COLUMNS = ("from_directory", "directory_refused")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column(
            "user_account", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    # They would look like accounts whose one-time link is waiting.
    op.execute("UPDATE user_account SET active = false WHERE from_directory")
    for column in COLUMNS:
        op.drop_column("user_account", column)
