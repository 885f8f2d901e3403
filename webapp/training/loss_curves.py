"""Thins the losses of a run for its chart: a limited number of points for any length of the run.

Iterations are divided into intervals; of each the points with the lowest and highest values are kept, so that
no peak is lost and each point is a real iteration. When a chart is zoomed, it requests that range.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Double, Integer, Row, Select, cast, func, select
from sqlalchemy.dialects.postgresql import array

from webapp.core.extensions import db
from webapp.models import RunLoss

LOSSES = ("training_loss", "validation_loss", "full_validation_loss")
"""Where one of these is lowest or highest the iteration is kept. AP is taken together with the full validation loss."""
SMOOTHED = ("training_loss", "validation_loss")
COLUMNS = ("iteration", *LOSSES, "validation_ap", "learning_rate", "seconds")


@dataclass(frozen=True)
class Curve:
    """``rows`` have the fields of COLUMNS; ``sampled``: whether iterations were left out."""

    rows: list[Row[Any]]
    sampled: bool


def curve(run_id: int, first: int, last: int, points: int, average: int = 1) -> Curve:
    """The iterations from ``first`` to ``last``; with ``average`` each loss is a moving mean of so many."""
    inside = (RunLoss.run_id == run_id, RunLoss.iteration >= first, RunLoss.iteration <= last)
    lowest, highest, count = db.session.execute(
        select(func.min(RunLoss.iteration), func.max(RunLoss.iteration), func.count()).where(*inside)
    ).one()
    statement = _smoothed(run_id, first, last, average) if average > 1 else select(*_columns()).where(*inside)
    if count > points:
        # Two points for each line, and the interval's last iteration.
        picks = 1 + 2 * len(LOSSES)
        width = max(1, -(-(highest - lowest + 1) * picks // points))
        losses = statement.subquery()
        # In two queries: in one, PostgreSQL would compare every iteration with every kept one.
        kept = sorted({int(iteration) for iteration in _extremes(losses, lowest, width) if iteration})
        statement = select(*losses.c).where(losses.c.iteration == func.any(cast(kept, ARRAY(Integer))))
        return Curve(list(db.session.execute(statement.order_by(losses.c.iteration))), True)
    return Curve(sorted(db.session.execute(statement), key=lambda row: int(row.iteration)), False)


def every_loss(run_id: int, batch: int = 2000) -> Iterator[Row[Any]]:
    """All iterations in order, read in batches, so that memory does not grow with their number."""
    last = 0
    while True:
        rows = db.session.execute(
            select(*_columns())
            .where(RunLoss.run_id == run_id, RunLoss.iteration > last)
            .order_by(RunLoss.iteration)
            .limit(batch)
        ).all()
        # A slow client must not keep a transaction open.
        db.session.rollback()
        if not rows:
            return
        yield from rows
        last = rows[-1].iteration


def newest(run_id: int) -> RunLoss | None:
    """The last iteration; None if there is none."""
    return db.session.scalars(
        select(RunLoss).where(RunLoss.run_id == run_id).order_by(RunLoss.iteration.desc()).limit(1)
    ).first()


def _columns() -> list[Any]:
    return [getattr(RunLoss, name) for name in COLUMNS]


def _smoothed(run_id: int, first: int, last: int, average: int) -> Select[Any]:
    # Differences of running sums: a window frame over floats would be summed again at every iteration.
    sums = [
        part
        for name in SMOOTHED
        for part in (
            func.coalesce(func.sum(getattr(RunLoss, name)).over(order_by=RunLoss.iteration), 0.0).label(
                f"{name}_sum"
            ),
            func.count(getattr(RunLoss, name)).over(order_by=RunLoss.iteration).label(f"{name}_count"),
        )
    ]
    # The mean of the first iteration needs earlier ones.
    running = (
        select(*_columns(), *sums)
        .where(RunLoss.run_id == run_id, RunLoss.iteration > first - average, RunLoss.iteration <= last)
        .subquery()
    )

    def mean(name: str) -> ColumnElement[Any]:
        total, count = (
            running.c[f"{name}_{kind}"]
            - func.coalesce(
                func.lag(running.c[f"{name}_{kind}"], average).over(order_by=running.c.iteration), 0
            )
            for kind in ("sum", "count")
        )
        return (total / func.nullif(count, 0)).label(name)

    means = (
        select(*(mean(name) if name in SMOOTHED else running.c[name] for name in COLUMNS)).select_from(
            running
        )
    ).subquery()
    return select(means).where(means.c.iteration >= first)


def _extremes(losses: Any, first: int, width: int) -> Iterator[float | None]:
    """The iterations to keep: of each interval the last one, and for each line the lowest and highest."""
    picks: list[ColumnElement[Any]] = [func.max(losses.c.iteration)]
    for name in LOSSES:
        value = losses.c[name]
        # min and max over arrays (value, iteration), which are compared by the value first.
        pair = array([cast(value, Double), cast(losses.c.iteration, Double)])
        picks += [extreme(pair).filter(value.is_not(None)) for extreme in (_min, _max)]
    stretch = (losses.c.iteration - first) // width
    for last, *pairs in db.session.execute(select(*picks).group_by(stretch)):
        yield last
        yield from (pair[1] for pair in pairs if pair is not None)


def _min(pair: ColumnElement[Any]) -> Any:
    return func.min(pair, type_=pair.type)


def _max(pair: ColumnElement[Any]) -> Any:
    return func.max(pair, type_=pair.type)
