"""One set of weights of a model is in use, with the record of its changes; runs keep what they started from"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "weights_in_use"
down_revision = "value_range"
branch_labels = None
depends_on = None

# As ``Weights.document`` has it.
DOCUMENT = """
    jsonb_build_object(
        'id', weights.id, 'run_number', run.number, 'kind', weights.kind, 'filename', weights.filename,
        'ap', CASE WHEN weights.id = (SELECT max(id) FROM weights AS other WHERE other.run_id = run.id)
            THEN run.metrics #> '{segm,AP}' END
    )
"""
# What predictions took so far was the newest. Those of a training that is under way wait for its end.
NEWEST = """
    SELECT DISTINCT ON (weights.model_id) weights.model_id, weights.id
    FROM weights JOIN training_run AS run ON run.id = weights.run_id
    WHERE run.deleted_at IS NULL AND run.status IN ('completed', 'stopped', 'failed')
    ORDER BY weights.model_id, weights.id DESC
"""


def upgrade() -> None:
    op.add_column("detection_model", sa.Column("weights_in_use_id", sa.Integer()))
    op.create_foreign_key(
        op.f("fk_detection_model_weights_in_use_id"),
        "detection_model",
        "weights",
        ["weights_in_use_id"],
        ["id"],
    )
    op.create_table(
        "weights_in_use_change",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("before", JSONB()),
        sa.Column("after", JSONB()),
        sa.Column("user_id", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weights_in_use_change")),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["detection_model.id"],
            name=op.f("fk_weights_in_use_change_model_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_weights_in_use_change_user_id"),
            ondelete="SET NULL",
        ),
    )
    op.create_index(op.f("ix_weights_in_use_change_model_id"), "weights_in_use_change", ["model_id"])
    op.add_column("training_run", sa.Column("initial_weights", JSONB()))
    op.execute(
        f"UPDATE detection_model SET weights_in_use_id = newest.id FROM ({NEWEST}) AS newest "
        "WHERE newest.model_id = detection_model.id"
    )
    op.execute(
        "INSERT INTO weights_in_use_change (model_id, reason, after, created_at) "
        f"SELECT model.id, 'update', {DOCUMENT}, now() "
        "FROM detection_model AS model JOIN weights ON weights.id = model.weights_in_use_id "
        "JOIN training_run AS run ON run.id = weights.run_id"
    )
    op.execute(
        f"UPDATE training_run AS later SET initial_weights = {DOCUMENT} "
        "FROM weights LEFT JOIN training_run AS run ON run.id = weights.run_id "
        "WHERE weights.id = later.initial_weights_id"
    )


def downgrade() -> None:
    op.drop_column("training_run", "initial_weights")
    op.drop_table("weights_in_use_change")
    op.drop_column("detection_model", "weights_in_use_id")
