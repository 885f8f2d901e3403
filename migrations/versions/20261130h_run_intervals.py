"""Runs have intervals of their figures, and a conclusion"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "run_intervals"
down_revision = "suppression"
branch_labels = None
depends_on = None

LEARNED_NOTHING_F1 = 0.05


def upgrade() -> None:
    op.add_column("training_run", sa.Column("intervals", postgresql.JSONB()))
    op.add_column("training_run", sa.Column("conclusion", postgresql.JSONB()))
    op.add_column("run_evaluation", sa.Column("test_hash", sa.String(64)))
    op.add_column("run_evaluation", sa.Column("resamples", sa.LargeBinary()))
    connection = op.get_bind()
    # Intervals need the matches, which were not kept; what was found is in the counts.
    for (run_id,) in connection.execute(sa.text("SELECT run_id FROM run_evaluation")).all():
        summary = connection.scalar(
            sa.text("SELECT summary FROM run_evaluation WHERE run_id = :run"), {"run": run_id}
        )
        connection.execute(
            sa.text("UPDATE training_run SET conclusion = CAST(:conclusion AS jsonb) WHERE id = :run"),
            {"run": run_id, "conclusion": json.dumps(_conclusion(summary))},
        )


def _conclusion(summary: dict) -> dict:
    best = summary["best"]
    rows = summary["counts"][round(best["threshold"] * 100)]
    right, false_alarms, missed = (sum(row[place] for row in rows) for place in range(3))
    params = {
        "right": right,
        "objects": right + missed,
        "false_alarms": false_alarms,
        "photos": summary["photos"],
        "thresholds": {category["name"]: best["threshold"] for category in summary["categories"]},
    }
    if not right + missed:
        return {"code": "no_objects", "params": params}
    return {"code": "learned_nothing" if best["f1"] < LEARNED_NOTHING_F1 else "finds", "params": params}


def downgrade() -> None:
    op.drop_column("run_evaluation", "resamples")
    op.drop_column("run_evaluation", "test_hash")
    op.drop_column("training_run", "conclusion")
    op.drop_column("training_run", "intervals")
