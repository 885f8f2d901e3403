"""The last errors: runs that failed, and what processes logged as an error, each with its run or request."""

import re
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from webapp.core.extensions import db
from webapp.core.monitoring import kept_errors
from webapp.models import DetectionModel, LibraryRun, PredictionRun, RunColumns, RunStatus, TrainingRun
from webapp.runs import errors as run_errors
from webapp.runs.states import TOPICS, RunTable

SHOWN = 30
TABLES: tuple[RunTable, ...] = (TrainingRun, PredictionRun, LibraryRun)
_RUN = re.compile(r"(training|prediction|library)-run:(\d{1,9})")


@dataclass(frozen=True)
class LastError:
    """One error."""

    at: datetime
    process: str
    """Empty for a run."""
    context: str
    """The run or the request that it belongs to, as the logs name it; a dash without one."""
    sentence: str
    """What was wrong: of a run in the reader's language, of a log as it was written."""
    cause: str = ""
    run: RunColumns | None = None


def newest(limit: int = SHOWN) -> list[LastError]:
    """The newest first. Raises RedisError."""
    failed = [error for table in TABLES for error in _failed(table, limit)]
    told = {error.context for error in failed}
    logged = [
        LastError(
            error.moment, error.process, error.context, error.message, error.cause, _run_of(error.context)
        )
        for error in kept_errors.newest(current_app.extensions["redis"])
        if error.context not in told
    ]
    return sorted(failed + logged, key=lambda error: error.at, reverse=True)[:limit]


def _failed(table: RunTable, limit: int) -> list[LastError]:
    runs = db.session.scalars(
        select(table)
        .join(DetectionModel, table.model_id == DetectionModel.id)
        .where(
            table.status == RunStatus.FAILED,
            table.finished_at.is_not(None),
            DetectionModel.deleted_at.is_(None),
        )
        .order_by(table.finished_at.desc())
        .limit(limit)
    )
    return [
        LastError(
            run.finished_at or run.created_at,
            "",
            TOPICS[table](run.id),
            run_errors.sentence(run.error) or "",
            run=run,
        )
        for run in runs
    ]


def _run_of(context: str) -> RunColumns | None:
    found = _RUN.fullmatch(context)
    if found is None:
        return None
    kinds = dict(zip(("training", "prediction", "library"), TABLES, strict=True))
    return db.session.get(kinds[found[1]], int(found[2]))
