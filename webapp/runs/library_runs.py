"""Imports, exports and copies as runs: started here, carried out by the io worker or inside a request."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from webapp.audit import origin
from webapp.contracts.run_status import ACTIVE
from webapp.core import languages, queues, signals
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, LibraryKind, LibraryRun, RunStatus, User
from webapp.models.columns import now
from webapp.runs import states

JOB = "jobs.tasks.library.carry_out_run"
SUGGEST_JOB = "jobs.tasks.suggestions.suggest"
MOST_RESUMES = 3
BEGUN_AGAIN = (LibraryKind.IMPORT_PREVIEW, LibraryKind.IMPORT, LibraryKind.EXPORT, LibraryKind.ADD)
"""Kinds that a worker may begin again: all or nothing, or photo by photo, each known by its content."""
REQUEST_LIMIT = timedelta(minutes=10)
Work = Callable[[LibraryRun], dict[str, Any]]
"""A function that does the work of one kind: it calls ``progress`` and returns the result."""


class RunStopped(Exception):
    """The user asked for a stop; ``result`` says what was done until then."""

    def __init__(self, result: dict[str, Any] | None = None) -> None:
        super().__init__("stopped by the user")
        self.result = result


def start(
    model: DetectionModel, kind: LibraryKind, parameters: dict[str, Any], user: User | None
) -> LibraryRun:
    """Make the row and queue the work. Commits."""
    run = prepare(model, kind, parameters, user)
    db.session.commit()
    enqueue(run)
    return run


def carry_out_prepared(run: LibraryRun, work: Work) -> LibraryRun:
    """Do small work inside the request, with a row of ``prepare``. Commits before the work begins.

    Raises UserError, and then keeps no row; other errors fail the run.
    """
    run.status, run.started_at = RunStatus.RUNNING, now()
    # Work inside a request has no heartbeat thread, so the heartbeat is set ahead by the time a request may take.
    run.heartbeat_at = now() + REQUEST_LIMIT
    db.session.commit()
    run_id = run.id
    try:
        finish(run_id, work(run))
    except UserError:
        db.session.rollback()
        db.session.delete(db.session.get_one(LibraryRun, run_id))
        db.session.commit()
        raise
    except RunStopped as stop:
        db.session.rollback()
        stopped(run_id, stop.result)
    except BaseException:
        db.session.rollback()
        fail(run_id, {"code": "unexpected", "params": {}})
        raise
    return db.session.get_one(LibraryRun, run_id)


def prepare(
    model: DetectionModel, kind: LibraryKind, parameters: dict[str, Any], user: User | None
) -> LibraryRun:
    """Only the row, in the caller's transaction; the caller commits and then calls ``enqueue``."""
    run = LibraryRun(
        model_id=model.id,
        kind=kind,
        parameters=parameters
        | {"language": languages.select() or languages.DEFAULT, "origin": origin.current(user).as_document()},
        created_by_id=user.id if user else None,
    )
    db.session.add(run)
    return run


def enqueue(run: LibraryRun) -> None:
    """Queue the job. Call it after the commit; the janitor repeats it for a run whose job was lost."""
    if run.kind is LibraryKind.SUGGEST:
        run.job_id = queues.enqueue(queues.PREDICT, SUGGEST_JOB, run.id)
    else:
        run.job_id = queues.enqueue(queues.IO, JOB, run.id)
    db.session.commit()


def open_run(
    run_id: int, kinds: tuple[LibraryKind, ...] | None = None, model: DetectionModel | None = None
) -> LibraryRun:
    """The run, if it has one of these kinds and this model (where given). Raises UserError (404)."""
    run = db.session.get(LibraryRun, run_id)
    if (
        run is None
        or run.model.deleted_at is not None
        or (kinds is not None and run.kind not in kinds)
        or (model is not None and run.model_id != model.id)
    ):
        raise UserError(_("There is no such import or export."), code="not_found", status=404)
    return run


def newest(model: DetectionModel, kinds: tuple[LibraryKind, ...], limit: int = 50) -> list[LibraryRun]:
    """Newest first."""
    return list(
        db.session.scalars(
            select(LibraryRun)
            .where(LibraryRun.model_id == model.id, LibraryRun.kind.in_(kinds))
            .order_by(LibraryRun.id.desc())
            .limit(limit)
        )
    )


def progress(run_id: int, done: int, total: int | None = None) -> None:
    """Store the progress in a separate transaction; the caller's is neither committed nor ended.

    Raises RunTakenAway if somebody else ended the run, RunStopped if the user asked for a stop.
    """
    values = {"done": done, "heartbeat_at": now()} | ({} if total is None else {"total": total})
    with db.engine.begin() as connection:
        row = connection.execute(
            update(LibraryRun)
            .where(LibraryRun.id == run_id, LibraryRun.status == RunStatus.RUNNING)
            .values(**values)
            .returning(LibraryRun.stop_requested_at)
        ).first()
    if row is None:
        raise states.RunTakenAway(f"library run {run_id} is not at work any more")
    signals.publish(signals.library_topic(run_id))
    if row.stop_requested_at is not None:
        raise RunStopped


def finish(run_id: int, result: dict[str, Any] | None) -> None:
    """Mark the run as completed."""
    states.change_state(
        LibraryRun, run_id, (RunStatus.RUNNING,), RunStatus.COMPLETED, result=result, finished_at=now()
    )


def stopped(run_id: int, result: dict[str, Any] | None) -> None:
    """Mark the run as stopped."""
    states.change_state(
        LibraryRun, run_id, (RunStatus.RUNNING,), RunStatus.STOPPED, result=result, finished_at=now()
    )


def go_on(run_id: int) -> bool:
    """Begin a run again whose worker died; what it had committed stays and is not done twice.

    False for other kinds than ``BEGUN_AGAIN``, for work inside a request, and after ``MOST_RESUMES``.
    """
    run = db.session.get(LibraryRun, run_id)
    if run is None or run.kind not in BEGUN_AGAIN or run.job_id is None or run.resumes >= MOST_RESUMES:
        return False
    running = (RunStatus.RUNNING,)
    if run.stop_requested_at is not None:
        return states.change_state(LibraryRun, run_id, running, RunStatus.STOPPED, finished_at=now())
    if not states.change_state(
        LibraryRun, run_id, running, RunStatus.QUEUED, resumes=LibraryRun.resumes + 1, done=0, job_id=None
    ):
        return False
    enqueue(db.session.get_one(LibraryRun, run_id))
    return True


def fail(run_id: int, error: dict[str, Any]) -> bool:
    """Fail a run with a document of ``webapp.runs.errors``; False if it had already ended."""
    return states.change_state(LibraryRun, run_id, ACTIVE, RunStatus.FAILED, error=error, finished_at=now())


def request_stop(run: LibraryRun) -> None:
    """Ask the run to stop; a queued one is stopped at once."""
    states.request_stop(run)


def number_of(run: LibraryRun) -> int:
    """Its number among the runs of its kind and model, from 1: ids are counted over all models."""
    alike = (LibraryRun.model_id == run.model_id, LibraryRun.kind == run.kind, LibraryRun.id <= run.id)
    return db.session.scalar(select(func.count()).select_from(LibraryRun).where(*alike)) or 1
