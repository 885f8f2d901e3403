"""The losses of many runs as small curves for a table: a few points each, by one query."""

from dataclasses import dataclass

from sqlalchemy import text

from webapp.core.extensions import db
from webapp.models import TrainingRun

POINTS = 24
WIDTH, HEIGHT = 96, 24

# Each point is the mean over a part of the run; the primary key (run_id, iteration) gives the rows of the runs.
_POINTS = text("""
WITH placed AS (
    SELECT run_id, training_loss, validation_loss,
           (iteration - 1) * :points / greatest(:points, max(iteration) OVER (PARTITION BY run_id)) AS place
    FROM run_loss WHERE run_id = ANY(:runs)
)
SELECT run_id, place, avg(training_loss), avg(validation_loss)
FROM placed GROUP BY run_id, place ORDER BY run_id, place
""")


@dataclass(frozen=True)
class SmallCurve:
    """Points of SVG polylines in a frame of ``WIDTH`` x ``HEIGHT``; empty where there are no losses."""

    training: str
    validation: str


def of_runs(runs: list[TrainingRun]) -> dict[int, SmallCurve]:
    """By run; runs without losses are left out."""
    rows = db.session.execute(_POINTS, {"runs": [run.id for run in runs], "points": POINTS}).all()
    found: dict[int, list[tuple[int, float | None, float | None]]] = {}
    for run_id, place, training, validation in rows:
        found.setdefault(run_id, []).append((place, training, validation))
    return {run_id: _drawn(points) for run_id, points in found.items()}


def _drawn(points: list[tuple[int, float | None, float | None]]) -> SmallCurve:
    values = [value for point in points for value in point[1:] if value is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    last = max(1, points[-1][0])

    def line(column: int) -> str:
        return " ".join(
            f"{point[0] / last * WIDTH:.1f},{HEIGHT - (value - low) / ((high - low) or 1) * HEIGHT:.1f}"
            for point in points
            if (value := point[column]) is not None
        )

    return SmallCurve(line(1), line(2))
