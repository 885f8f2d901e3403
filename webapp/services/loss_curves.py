"""The losses of a run as a chart wants them: at most so many points, whatever the length of the run.

Of each stretch of iterations the lowest and the highest values are kept, so a peak is never lost, and each point is
a real iteration with its exact value. A chart that zooms in asks for its stretch again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Double, Row, Select, cast, func, select
from sqlalchemy.dialects.postgresql import array

from webapp.extensions import db
from webapp.models import RunLoss

LOSSES = ("training_loss", "validation_loss", "full_validation_loss")
SMOOTHED = ("training_loss", "validation_loss")
COLUMNS = ("iteration", *LOSSES, "learning_rate", "seconds")


@dataclass(frozen=True)
class Curve:
    """``rows`` have the names of COLUMNS; ``sampled`` says that iterations were left out."""

    rows: list[Row[Any]]
    sampled: bool


def curve(run_id: int, first: int, last: int, points: int, average: int = 1) -> Curve:
    """The iterations from ``first`` to ``last``; with ``average`` each loss is the mean of so many up to it."""
    inside = (RunLoss.run_id == run_id, RunLoss.iteration >= first, RunLoss.iteration <= last)
    lowest, highest, count = db.session.execute(
        select(func.min(RunLoss.iteration), func.max(RunLoss.iteration), func.count()).where(*inside)
    ).one()
    statement = _smoothed(run_id, first, last, average) if average > 1 else select(*_columns()).where(*inside)
    if count > points:
        # Two picks for each line and the stretch's last iteration.
        picks = 1 + 2 * len(LOSSES)
        width = max(1, -(-(highest - lowest + 1) * picks // points))
        losses = statement.subquery()
        kept = _extremes(losses, lowest, width)
        statement = select(*losses.c).where(losses.c.iteration.in_(kept))
        return Curve(list(db.session.execute(statement.order_by(losses.c.iteration))), True)
    return Curve(sorted(db.session.execute(statement), key=lambda row: int(row.iteration)), False)


def every_loss(run_id: int, batch: int = 2000) -> Iterator[Row[Any]]:
    """All iterations in order, read in batches: 100,000 of them need no more memory than one."""
    last = 0
    while True:
        rows = db.session.execute(
            select(*_columns())
            .where(RunLoss.run_id == run_id, RunLoss.iteration > last)
            .order_by(RunLoss.iteration)
            .limit(batch)
        ).all()
        # A reader who is slow must hold no transaction meanwhile.
        db.session.rollback()
        if not rows:
            return
        yield from rows
        last = rows[-1].iteration


def newest(run_id: int) -> RunLoss | None:
    """The last iteration with all that was recorded of it."""
    return db.session.scalars(
        select(RunLoss).where(RunLoss.run_id == run_id).order_by(RunLoss.iteration.desc()).limit(1)
    ).first()


def _columns() -> list[Any]:
    return [getattr(RunLoss, name) for name in COLUMNS]


def _smoothed(run_id: int, first: int, last: int, average: int) -> Select[Any]:
    columns = [
        func.avg(getattr(RunLoss, name)).over(order_by=RunLoss.iteration, rows=(1 - average, 0)).label(name)
        if name in SMOOTHED
        else getattr(RunLoss, name)
        for name in COLUMNS
    ]
    # The first one's mean needs those before it.
    wider = (
        select(*columns)
        .where(RunLoss.run_id == run_id, RunLoss.iteration > first - average, RunLoss.iteration <= last)
        .subquery()
    )
    return select(wider).where(wider.c.iteration >= first)


def _extremes(losses: Any, first: int, width: int) -> Select[Any]:
    """The iterations to keep: of each stretch the last one, and for each line the lowest and the highest."""
    stretch = (losses.c.iteration - first) / width
    picks: list[ColumnElement[Any]] = [func.max(losses.c.iteration)]
    for name in LOSSES:
        value = losses.c[name]
        # An array is compared by its first element: so the extreme brings its iteration along.
        pair = array([cast(value, Double), cast(losses.c.iteration, Double)])
        picks += [extreme(pair).filter(value.is_not(None))[2] for extreme in (_min, _max)]
    chosen = (
        select(func.unnest(array([cast(pick, Double) for pick in picks])).label("iteration"))
        .group_by(stretch)
        .subquery()
    )
    return select(cast(chosen.c.iteration, RunLoss.iteration.type))


def _min(pair: ColumnElement[Any]) -> Any:
    return func.min(pair, type_=pair.type)


def _max(pair: ColumnElement[Any]) -> Any:
    return func.max(pair, type_=pair.type)
