"""How a run of any kind changes its state: one mechanism for all tables.

Each change is a conditional UPDATE, so of two processes that want the same run only one gets it. Each verb
commits, and a change of state signals the open pages.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import func, update

from webapp.contracts.run_status import AT_WORK
from webapp.core import queues, signals
from webapp.core.extensions import db
from webapp.models import LibraryRun, PredictionRun, RunColumns, RunStatus, TrainingRun
from webapp.models.columns import now

Run = TypeVar("Run", bound=RunColumns)
RunTable = type[RunColumns]
TOPICS: dict[RunTable, Callable[[int], str]] = {
    TrainingRun: signals.training_topic,
    PredictionRun: signals.prediction_topic,
    LibraryRun: signals.library_topic,
}


class RunTakenAway(Exception):
    """The run is no longer this worker's: the janitor has ended it."""


def change_state(
    table: RunTable, run_id: int, expected: tuple[RunStatus, ...], status: RunStatus, **values: Any
) -> bool:
    """Move a run on if it is in one of the ``expected`` states; False where it was not."""
    changed = _update(table, run_id, expected, status=status, **values)
    db.session.commit()
    db.session.expire_all()
    if changed:
        signals.publish(TOPICS[table](run_id), over=status.is_over)
    return changed


def claim(table: type[Run], run_id: int) -> Run | None:
    """Take a queued run; None where another worker or a stop was faster."""
    moment = now()
    # One that goes on keeps the time of its start.
    values: dict[str, Any] = {"started_at": func.coalesce(table.started_at, moment), "heartbeat_at": moment}
    if table is TrainingRun:
        values["attempt"] = TrainingRun.attempt + 1
    taken = change_state(table, run_id, (RunStatus.QUEUED,), RunStatus.RUNNING, **values)
    return db.session.get_one(table, run_id) if taken else None


def touch(table: RunTable, run_id: int, attempt: int | None = None, **values: Any) -> None:
    """The worker is alive, and writes ``values``; raises RunTakenAway where the run is not at work.

    With ``attempt`` (of a training run) also where another worker has taken it since.
    """
    if not _update(table, run_id, AT_WORK, attempt, heartbeat_at=now(), **values):
        db.session.rollback()
        raise RunTakenAway(f"{table.__tablename__} {run_id} is not at work any more")
    db.session.commit()


def request_stop(run: RunColumns) -> None:
    """Ask a run to stop in order; one that still waits is stopped at once, one that is over stays so."""
    table = type(run)
    moment = now()
    if change_state(
        table, run.id, (RunStatus.QUEUED,), RunStatus.STOPPED, stop_requested_at=moment, finished_at=moment
    ):
        if run.job_id:
            queues.forget(run.job_id)
        return
    # A second request, while a training is tested, skips the test: the hook sees the newer time.
    _update(table, run.id, AT_WORK, stop_requested_at=moment)
    db.session.commit()
    signals.publish(TOPICS[table](run.id))


def stop_requested_at(table: RunTable, run_id: int) -> Any:
    """When the newest stop was asked for; None where none was."""
    asked = db.session.query(table.stop_requested_at).filter(table.id == run_id).scalar()
    # End the transaction: a read that stays open for hours would hold back PostgreSQL's vacuum.
    db.session.rollback()
    return asked


def _update(
    table: RunTable,
    run_id: int,
    expected: tuple[RunStatus, ...],
    of_attempt: int | None = None,
    **values: Any,
) -> bool:
    condition = [table.id == run_id, table.status.in_(expected)]
    if of_attempt is not None:
        condition.append(TrainingRun.attempt == of_attempt)
    changed = db.session.execute(
        update(table)
        .where(*condition)
        .values(**values)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    ).first()
    return changed is not None
