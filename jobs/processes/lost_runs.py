"""Ends runs whose process is gone, and queues again what never reached its queue. Never imports torch."""

import logging
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError
from rq.job import Job
from sqlalchemy import func, or_, select

from jobs.processes.app_context import application
from webapp.contracts.run_status import AT_WORK
from webapp.core import queues
from webapp.core.extensions import db
from webapp.models import LibraryRun, PredictionRun, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.prediction import runs as prediction_runs
from webapp.runs import library_runs
from webapp.runs.errors import error_document
from webapp.training import runs as training_runs

HEARTBEAT_LIMIT = timedelta(seconds=20)
"""Four beats missed."""
ENQUEUE_GRACE = timedelta(seconds=15)
_log = logging.getLogger(__name__)
KINDS: tuple[tuple[Any, Any], ...] = (
    (TrainingRun, training_runs),
    (PredictionRun, prediction_runs),
    (LibraryRun, library_runs),
)
SERVICES: dict[str, Any] = {service.JOB: service for _table, service in KINDS} | {
    library_runs.SUGGEST_JOB: library_runs
}


def fail_killed_job(job: Job) -> None:
    """The work horse of this job was killed: its run goes on in another, or has failed."""
    service = SERVICES.get(job.func_name or "")
    if service is None:
        return
    with application().app_context():
        _log.error("%s%s was killed", job.func_name, job.args)
        _end(service, job.args[0], "process_killed")
        db.session.remove()


def end_lost_runs() -> None:
    """End each run at work whose heartbeat is too old, or let it go on: worker or machine died with it."""
    for table, service in KINDS:
        lost = db.session.scalars(
            select(table.id).where(
                table.status.in_(AT_WORK),
                table.heartbeat_at < now() - HEARTBEAT_LIMIT,
                # A database that was away missed the beats of runs that are well.
                func.pg_postmaster_start_time() < now() - HEARTBEAT_LIMIT,
            )
        ).all()
        for run_id in lost:
            _log.error("%s %s lost its process", table.__tablename__, run_id)
            _end(service, run_id, "process_lost")


def _end(service: Any, run_id: int, code: str) -> None:
    # What a prediction has done is kept photo by photo: it goes on with the next one.
    if service is prediction_runs and prediction_runs.go_on(run_id):
        return
    # A training whose own process alone was killed may have been too large for the memory: a person decides.
    if service is training_runs and code == "process_lost" and training_runs.resume_lost(run_id):
        return
    service.fail(run_id, error_document(code))


def enqueue_forgotten_runs() -> None:
    """Queue again each waiting run whose job is not in Redis: it was away, or lost its data."""
    for table, service in KINDS:
        waiting = db.session.scalars(
            select(table).where(
                table.status == RunStatus.QUEUED,
                or_(table.job_id.is_(None), table.created_at < now() - ENQUEUE_GRACE),
            )
        ).all()
        for run in waiting:
            try:
                forgotten = run.job_id is None or not queues.is_known(run.job_id)
            except RedisError:
                return
            if forgotten and run.created_at < now() - ENQUEUE_GRACE:
                _log.warning("%s %s queued again", table.__tablename__, run.id)
                service.enqueue(run)
