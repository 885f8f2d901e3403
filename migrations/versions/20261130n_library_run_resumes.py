"""How often an import or export was begun again because its worker had died"""

import sqlalchemy as sa
from alembic import op

revision = "library_run_resumes"
down_revision = "directory_login"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("library_run", sa.Column("resumes", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("library_run", "resumes")
