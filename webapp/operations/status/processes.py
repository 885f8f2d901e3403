"""The processes of the product: which are there, and what each does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from flask import current_app
from redis import Redis
from rq import Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.worker import BaseWorker

from webapp.core import queues
from webapp.core.extensions import db
from webapp.core.monitoring import processes
from webapp.line import predictor_client
from webapp.models import LibraryRun, PredictionRun, RunColumns, TrainingRun
from webapp.prediction import runs as prediction_runs
from webapp.runs import library_runs
from webapp.training import runs as training_runs

EXPECTED = (
    processes.WEB,
    "worker-train",
    "worker-predict",
    processes.PREDICTOR,
    "worker-io",
    processes.WATCH,
    processes.JANITOR,
)
LONGEST_SILENCE = timedelta(seconds=75)
"""An idle worker is heard of every 45 s, one at work every five."""
RUN_OF_JOB: dict[str, type[RunColumns]] = {
    training_runs.JOB: TrainingRun,
    prediction_runs.JOB: PredictionRun,
    library_runs.JOB: LibraryRun,
    library_runs.SUGGEST_JOB: LibraryRun,
}


class ProcessStatus(StrEnum):
    """Of one process, from the best to the worst."""

    IDLE = "idle"
    WORKING = "working"
    SILENT = "silent"
    """It was there and is not heard of any more."""
    MISSING = "missing"
    """There is none of this name."""


@dataclass(frozen=True)
class Process:
    """One process, or that there is none of that name."""

    name: str
    status: ProcessStatus
    host: str = ""
    pid: int | None = None
    started_at: datetime | None = None
    heard_at: datetime | None = None
    job: str | None = None
    """Dotted name of the job that it works on."""
    run: RunColumns | None = None
    """The run of that job, where it has one."""


def list_processes() -> list[Process]:
    """Those that are expected, in a fixed order, then others. Raises RedisError."""
    client: Redis = current_app.extensions["redis"]
    found = [_of_beat(beat) for beat in processes.alive(client)]
    found += [_of_worker(worker) for worker in Worker.all(connection=client)]
    names = {process.name for process in found}
    found += [Process(name, ProcessStatus.MISSING) for name in EXPECTED if name not in names]
    order = {name: place for place, name in enumerate(EXPECTED)}
    found.sort(key=lambda one: (order.get(one.name, len(order)), one.name, one.host, one.pid or 0))
    return found


def count_alive(found: Iterable[Process]) -> dict[str, int]:
    """How many of each name answer."""
    counts = dict.fromkeys(EXPECTED, 0)
    for process in found:
        if process.status in (ProcessStatus.IDLE, ProcessStatus.WORKING):
            counts[process.name] = counts.get(process.name, 0) + 1
    return counts


def queue_lengths() -> dict[str, int]:
    """How many jobs wait in each queue; ``predictor``: single photos of the line. Raises RedisError."""
    client: Redis = current_app.extensions["redis"]
    names = [queues.TRAIN, queues.PREDICT, queues.IO]
    names += sorted({queue.name for queue in Queue.all(connection=client)} - set(names))
    lengths = {name: queues.waiting(name) for name in names}
    lengths[processes.PREDICTOR] = int(client.llen(predictor_client.REQUESTS))
    return lengths


def _of_beat(beat: processes.Beat) -> Process:
    return Process(beat.name, ProcessStatus.IDLE, beat.host, beat.pid, beat.started_at, beat.heard_at)


def _of_worker(worker: BaseWorker) -> Process:
    heard = _utc(worker.last_heartbeat)
    job = _job_of(worker)
    status = ProcessStatus.WORKING if job is not None else ProcessStatus.IDLE
    if heard is None or datetime.now(UTC) - heard > LONGEST_SILENCE:
        status = ProcessStatus.SILENT
    names = worker.queue_names()
    return Process(
        f"worker-{names[0] if names else '?'}",
        status,
        worker.hostname or "",
        worker.pid,
        _utc(worker.birth_date),
        heard,
        job.func_name if job is not None else None,
        _run_of(job) if job is not None else None,
    )


def _job_of(worker: BaseWorker) -> Job | None:
    try:
        return worker.get_current_job()
    except NoSuchJobError:  # it has just ended
        return None


def _run_of(job: Job) -> RunColumns | None:
    table = RUN_OF_JOB.get(job.func_name or "")
    return db.session.get(table, job.args[0]) if table and job.args else None


def _utc(moment: datetime | None) -> datetime | None:
    """RQ's moments are in UTC, some without saying so."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
