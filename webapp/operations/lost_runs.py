"""Resumes or fails runs whose process died, and queues runs whose job was lost."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic

from redis.exceptions import RedisError
from sqlalchemy import func, or_, select, text

from webapp.contracts.run_status import AT_WORK
from webapp.core import queues
from webapp.core.extensions import db
from webapp.models import LibraryRun, PredictionRun, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.prediction import runs as prediction_runs
from webapp.runs import library_runs
from webapp.runs.errors import error_document
from webapp.runs.states import Run
from webapp.training import runs as training_runs

HEARTBEAT_LIMIT = timedelta(seconds=20)
"""Four beats missed."""
ENQUEUE_GRACE = timedelta(seconds=15)
LONGEST_ROUND_SECONDS = 12.0
"""The janitor comes every five seconds; after a longer gap something stood still."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunKind(Generic[Run]):
    """How a kind of run is handled when its process or its job is lost."""

    table: type[Run]
    jobs: tuple[str, ...]
    """Dotted names of its jobs."""
    enqueue: Callable[[Run], None]
    fail: Callable[[int, dict[str, Any]], bool]
    after_loss: Callable[[int], bool] | None = None
    """Resumes a run whose worker or machine died; False if it must fail."""
    after_kill: Callable[[int], bool] | None = None
    """The same if only its work horse was killed."""
    words: str = "process_"
    """Beginning of the codes of its errors in ``webapp/runs/errors.py``: ``…killed`` and ``…lost``."""


TRAINING = RunKind(
    TrainingRun,
    (training_runs.JOB,),
    training_runs.enqueue,
    training_runs.fail,
    after_loss=training_runs.resume_lost,
    # If only the work horse was killed, it may have used too much memory: not resumed automatically.
)
PREDICTION = RunKind(
    PredictionRun,
    (prediction_runs.JOB,),
    prediction_runs.enqueue,
    prediction_runs.fail,
    # A prediction stores each photo, so it resumes with the next one.
    after_loss=prediction_runs.go_on,
    after_kill=prediction_runs.go_on,
)
LIBRARY = RunKind(
    LibraryRun,
    (library_runs.JOB, library_runs.SUGGEST_JOB),
    library_runs.enqueue,
    library_runs.fail,
    after_loss=library_runs.go_on,
    after_kill=library_runs.go_on,
    words="work_",
)
KINDS: tuple[RunKind[Any], ...] = (TRAINING, PREDICTION, LIBRARY)


class Watch:
    """Whether heartbeats can be judged: not soon after PostgreSQL or the machine stood still, as nobody could write."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None
        self._since = -math.inf

    def is_settled(self) -> bool:
        """Call it in each round, when PostgreSQL has answered."""
        moment = self._clock()
        if self._last is not None and moment - self._last > LONGEST_ROUND_SECONDS:
            self._since = moment
        self._last = moment
        return moment - self._since >= HEARTBEAT_LIMIT.total_seconds()


def end_lost_runs(watch: Watch) -> None:
    """Resume or fail each active run whose heartbeat is too old: its worker or machine died."""
    db.session.execute(text("SELECT 1"))
    if watch.is_settled():
        for kind in KINDS:
            _end_lost(kind)


def enqueue_forgotten_runs() -> None:
    """Queue each queued run again whose job is not in Redis, which was unavailable or lost its data."""
    try:
        for kind in KINDS:
            _enqueue_forgotten(kind)
    except RedisError:
        _log.info("Redis is away: the queues are compared with the runs later")


def _end_lost(kind: RunKind[Run]) -> None:
    table = kind.table
    lost = db.session.scalars(
        select(table.id).where(
            table.status.in_(AT_WORK),
            table.heartbeat_at < now() - HEARTBEAT_LIMIT,
            # While the database was unavailable no heartbeats could be written: wait before judging them.
            func.pg_postmaster_start_time() < now() - HEARTBEAT_LIMIT,
        )
    ).all()
    for run_id in lost:
        _log.error("%s %s lost its process", table.__tablename__, run_id)
        end(kind.after_loss, kind.fail, run_id, f"{kind.words}lost")


def end(
    go_on: Callable[[int], bool] | None, fail: Callable[[int, dict[str, Any]], bool], run_id: int, code: str
) -> None:
    """Let this run go on, or fail it with this error where it may not."""
    if go_on is None or not go_on(run_id):
        fail(run_id, error_document(code))


def _enqueue_forgotten(kind: RunKind[Run]) -> None:
    table = kind.table
    waiting = db.session.scalars(
        select(table).where(
            table.status == RunStatus.QUEUED,
            or_(table.job_id.is_(None), table.created_at < now() - ENQUEUE_GRACE),
        )
    ).all()
    for run in waiting:
        forgotten = run.job_id is None or not queues.is_known(run.job_id)
        if forgotten and run.created_at < now() - ENQUEUE_GRACE:
            _log.warning("%s %s queued again", table.__tablename__, run.id)
            kind.enqueue(run)
