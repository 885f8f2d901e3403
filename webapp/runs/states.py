"""State changes of runs, the same for all three tables.

Each change is a conditional UPDATE, so that of two processes only one claims a run. Each function commits; a
change of state also signals the open pages.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import func, update

from webapp.contracts.run_status import AT_WORK, FINISHED
from webapp.core import queues, signals
from webapp.core.extensions import db
from webapp.models import LibraryRun, PredictionRun, RunColumns, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.runs import first_weights, run_audit

Run = TypeVar("Run", bound=RunColumns)
RunTable = type[RunColumns]
TOPICS: dict[RunTable, Callable[[int], str]] = {
    TrainingRun: signals.training_topic,
    PredictionRun: signals.prediction_topic,
    LibraryRun: signals.library_topic,
}


class RunTakenAway(Exception):
    """This worker no longer owns the run: the janitor ended it or another worker claimed it."""


def change_state(
    table: RunTable, run_id: int, expected: tuple[RunStatus, ...], status: RunStatus, **values: Any
) -> bool:
    """Change the status if it is one of ``expected``; False if it is not."""
    changed = _update(table, run_id, expected, status=status, **values)
    if changed and table is TrainingRun and status in FINISHED:
        first_weights.take(run_id)
    if changed and status.is_over:
        run_audit.record_end(table, run_id)
    db.session.commit()
    db.session.expire_all()
    if changed:
        signals.publish(TOPICS[table](run_id), over=status.is_over)
    return changed


def claim(table: type[Run], run_id: int) -> Run | None:
    """Claim a queued run; None if another worker or a stop was faster."""
    moment = now()
    # A resumed run keeps its start time.
    values: dict[str, Any] = {"started_at": func.coalesce(table.started_at, moment), "heartbeat_at": moment}
    if table is TrainingRun:
        values["attempt"] = TrainingRun.attempt + 1
    taken = change_state(table, run_id, (RunStatus.QUEUED,), RunStatus.RUNNING, **values)
    return db.session.get_one(table, run_id) if taken else None


def touch(table: RunTable, run_id: int, attempt: int | None = None, **values: Any) -> None:
    """Heartbeat of the worker, which also writes ``values``; raises RunTakenAway if the run is not active.

    With ``attempt`` (training runs) also if another worker has claimed it since.
    """
    if not _update(table, run_id, AT_WORK, attempt, heartbeat_at=now(), **values):
        db.session.rollback()
        raise RunTakenAway(f"{table.__tablename__} {run_id} is not at work any more")
    db.session.commit()


def request_stop(run: RunColumns) -> None:
    """Ask a run to stop; a queued one is stopped at once, one that has ended does not change."""
    table = type(run)
    moment = now()
    run_audit.record_stop(run)
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
    """Time of the newest stop request; None without one."""
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
