"""Photos with more than 8 bits keep their values; a model has the range in which these are seen"""

import sqlalchemy as sa
from alembic import op

revision = "value_range"
down_revision = "photo_remarks"
branch_labels = None
depends_on = None

NUMBERS = sa.ARRAY(sa.Double())
MEASURED = ("image_file", "import_file")
RUNS = ("training_run", "prediction_run")


def upgrade() -> None:
    # What was stored before is of 8 bits: nothing is known of its values, and it is seen as it is.
    for table in MEASURED:
        op.add_column(table, sa.Column("lowest_value", sa.Double()))
        op.add_column(table, sa.Column("highest_value", sa.Double()))
        op.add_column(table, sa.Column("stated_range", NUMBERS))
    op.add_column("detection_model", sa.Column("bit_depth", sa.Integer()))
    op.add_column("detection_model", sa.Column("value_range", NUMBERS))
    op.add_column("detection_model", sa.Column("proposed_range", NUMBERS))
    for table in RUNS:
        op.add_column(table, sa.Column("value_range", NUMBERS))


def downgrade() -> None:
    for table in RUNS:
        op.drop_column(table, "value_range")
    for column in ("proposed_range", "value_range", "bit_depth"):
        op.drop_column("detection_model", column)
    for table in MEASURED:
        for column in ("stated_range", "highest_value", "lowest_value"):
            op.drop_column(table, column)
