"""Queued and active trainings and predictions of all models, with expected start and end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from webapp.contracts.run_status import AT_WORK
from webapp.core.extensions import db
from webapp.models import DetectionModel, PredictionRun, RunStatus, TrainingRun, User
from webapp.models.columns import now
from webapp.projects.access import visible_to

Run = TrainingRun | PredictionRun
MEASURED = 20
"""Number of recent runs that durations are estimated from."""


@dataclass(frozen=True)
class Entry:
    """A run on the board."""

    run: Run
    by: str | None
    """Who started it."""
    position: int | None
    """Position in its queue among the runs that are shown, from 1; None for active runs."""
    starts: datetime | None
    """Estimated start; None if unknown or already started."""
    ends: datetime | None
    """Estimated end; None if unknown."""

    @property
    def is_training(self) -> bool:
        """Whether it is a training; else a prediction."""
        return isinstance(self.run, TrainingRun)

    @property
    def share(self) -> tuple[int, int]:
        """Done and total: iterations or photos."""
        if isinstance(self.run, TrainingRun):
            return self.run.iteration, self.run.iterations
        return self.run.done, self.run.total


@dataclass(frozen=True)
class Board:
    """Each queue in the order in which its runs will start; trainings and predictions do not wait for each other."""

    at_work: list[Entry]
    waiting: list[Entry]
    recent: list[Entry]


def board(user: User, recent: int = 10) -> Board:
    """The present board for this person: runs of models that are not there for them are left out.

    Their place counts the runs that they see; the estimated times count all, since all use the same machine.
    """
    at_work: list[Entry] = []
    waiting: list[Entry] = []
    seen = set(db.session.scalars(select(DetectionModel.id).where(visible_to(user))))
    for table in (TrainingRun, PredictionRun):
        pace = _seconds_each(table)
        busy = _entries_at_work(table, pace)
        at_work += [entry for entry in busy if entry.run.model_id in seen]
        waiting += _entries_waiting(table, pace, busy, seen)
    return Board(at_work, waiting, _entries_over(user, recent))


def find_queued(kind: str, run_id: int) -> Run | None:
    """The training or prediction run, if it is still queued."""
    run: Run | None = (
        db.session.get(TrainingRun, run_id) if kind == "training" else db.session.get(PredictionRun, run_id)
    )
    return (
        run if run is not None and run.status == RunStatus.QUEUED and run.model.deleted_at is None else None
    )


def _entries_at_work(table: type[Run], pace: float | None) -> list[Entry]:
    entries = []
    for run, user in _rows(table, AT_WORK):
        left = _seconds_left(run, pace)
        ends = now() + timedelta(seconds=left) if left is not None else None
        entries.append(Entry(run, _name(user), None, None, ends))
    return entries


def _entries_waiting(
    table: type[Run], pace: float | None, busy: list[Entry], seen: Collection[int]
) -> list[Entry]:
    entries: list[Entry] = []
    known = all(entry.ends is not None for entry in busy)
    free: datetime | None = max([entry.ends for entry in busy if entry.ends] + [now()]) if known else None
    for run, user in _rows(table, (RunStatus.QUEUED,)):
        needed = _amount(run) * pace if pace is not None else None
        ends = free + timedelta(seconds=needed) if free is not None and needed is not None else None
        if run.model_id in seen:
            entries.append(Entry(run, _name(user), len(entries) + 1, free, ends))
        free = ends
    return entries


def _entries_over(reader: User, limit: int) -> list[Entry]:
    over = (RunStatus.COMPLETED, RunStatus.STOPPED, RunStatus.FAILED)
    entries = [
        Entry(run, _name(user), None, None, run.finished_at)
        for table in (TrainingRun, PredictionRun)
        for run, user in _rows(table, over, limit, visible_to(reader))
    ]
    return sorted(entries, key=lambda entry: entry.ends or entry.run.created_at, reverse=True)[:limit]


def _rows(
    table: type[Run],
    states: Sequence[RunStatus],
    newest: int | None = None,
    seen: ColumnElement[bool] | None = None,
) -> list[tuple[Run, User | None]]:
    statement: Any = (
        select(table, User)
        .join(DetectionModel, table.model_id == DetectionModel.id)
        .outerjoin(User, table.created_by_id == User.id)
        .where(table.status.in_(states), DetectionModel.deleted_at.is_(None))
    )
    if table is TrainingRun:
        statement = statement.where(TrainingRun.deleted_at.is_(None))
    if seen is not None:
        statement = statement.where(seen)
    if newest is not None:
        statement = statement.order_by(table.finished_at.desc().nulls_last()).limit(newest)
    else:
        statement = statement.order_by(table.id)
    return [(run, user) for run, user in db.session.execute(statement)]


def _seconds_left(run: Run, pace: float | None) -> float | None:
    if isinstance(run, TrainingRun) and run.eta_seconds is not None:
        return run.eta_seconds
    if isinstance(run, TrainingRun) and not run.iterations:
        return 60 * run.parameters["time_budget_minutes"]
    if pace is None or run.status == RunStatus.TESTING:
        return None
    done = run.iteration if isinstance(run, TrainingRun) else run.done
    return pace * max(0, _amount(run) - done)


def _amount(run: Run) -> int:
    return run.iterations if isinstance(run, TrainingRun) else run.total


def _seconds_each(table: type[Run]) -> float | None:
    """Median seconds of an iteration (or photo) in recent runs; None without any."""
    amount = TrainingRun.iteration if table is TrainingRun else PredictionRun.done
    seconds = func.extract("epoch", table.finished_at - table.started_at)
    measured = (
        select((seconds / func.nullif(amount, 0)).label("each"))
        .where(table.status == RunStatus.COMPLETED, table.started_at.is_not(None))
        .order_by(table.id.desc())
        .limit(MEASURED)
        .subquery()
    )
    value = db.session.scalar(select(func.percentile_cont(0.5).within_group(measured.c.each)))
    return float(value) if value is not None else None


def _name(user: User | None) -> str | None:
    return user.display_name if user else None
