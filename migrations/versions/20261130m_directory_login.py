"""What people of the company's directory typed to sign in, by which they are looked up again"""

import sqlalchemy as sa
from alembic import op

revision = "directory_login"
down_revision = "company_directory"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("directory_login", sa.String(254), nullable=True))


def downgrade() -> None:
    op.drop_column("user_account", "directory_login")
