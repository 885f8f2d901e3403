"""What is looked up when the metrics are asked for. No name of a model, a person or a machine is among it."""

from collections.abc import Callable, Iterator
from time import time

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.backups import records
from webapp.core import disk_space, storage
from webapp.core.extensions import db
from webapp.models import LibraryRun, PredictionRun, RunStatus, TrainingRun
from webapp.operations import health
from webapp.operations.status import machine, processes
from webapp.runs.states import RunTable

PREFIX = "image_recognition_"
KINDS: dict[str, RunTable] = {"training": TrainingRun, "prediction": PredictionRun, "library": LibraryRun}


class StateCollector(Collector):
    """Asks PostgreSQL, Redis and the disk; what does not answer is left out, and ``…_up`` says so."""

    def collect(self) -> Iterator[Metric]:
        """In an app context."""
        up = {
            "database": health.database_answers(),
            "queue": health.queue_answers(),
            "storage": storage.is_writable(),
        }
        yield _gauge(
            "up", "Whether it answers: database, queue, storage.", "part", {k: int(v) for k, v in up.items()}
        )
        yield from _disk()
        yield from _backups()
        if up["queue"]:
            yield from _safely(_processes)
        if up["database"]:
            yield from _safely(_runs)
        if all(up.values()):
            yield from _safely(_machine)


def _safely(source: Callable[[], Iterator[Metric]]) -> list[Metric]:
    """Nothing of a source that stops answering meanwhile."""
    try:
        return list(source())
    except (RedisError, SQLAlchemyError):
        db.session.rollback()
        return []


def _processes() -> Iterator[Metric]:
    found = processes.list_processes()
    alive = processes.count_alive(found)
    yield _gauge("processes", "Processes that answer.", "process", alive)
    at_work = [one for one in found if one.status is processes.ProcessStatus.WORKING]
    working = {name: sum(one.name == name for one in at_work) for name in alive if name.startswith("worker-")}
    yield _gauge("workers_at_work", "Workers that have a job.", "process", working)
    yield _gauge(
        "queue_length", "Jobs that wait; predictor: photos of the line.", "queue", processes.queue_lengths()
    )


def _runs() -> Iterator[Metric]:
    counts = GaugeMetricFamily(f"{PREFIX}runs", "Runs by state.", labels=("kind", "status"))
    seconds = SummaryMetricFamily(
        f"{PREFIX}run_duration_seconds",
        "Seconds from the start to the end of completed runs that are kept.",
        labels=("kind",),
    )
    for kind, table in KINDS.items():
        rows = db.session.execute(select(table.status, func.count()).group_by(table.status))
        known = {status: number for status, number in rows}
        for status in RunStatus:
            counts.add_metric((kind, status.value), known.get(status, 0))
        taken = func.extract("epoch", table.finished_at - table.started_at)
        number, total = db.session.execute(
            select(func.count(taken), func.coalesce(func.sum(taken), 0)).where(
                table.status == RunStatus.COMPLETED
            )
        ).one()
        seconds.add_metric((kind,), number, float(total))
    yield counts
    yield seconds


def _disk() -> Iterator[Metric]:
    room = disk_space.room()
    for name, size, words in (
        ("total", room.total, "Size of the disk with DATA_DIR."),
        ("free", room.free, "Of it free."),
        ("floor", room.floor, "MIN_FREE_GB: below it nothing new is begun."),
    ):
        yield GaugeMetricFamily(f"{PREFIX}disk_{name}_bytes", words, size)


def _backups() -> Iterator[Metric]:
    last = records.last_good_backup()
    if last is not None:
        age = time() - last.created_at.timestamp()
        yield GaugeMetricFamily(f"{PREFIX}last_backup_age_seconds", "Of the last good backup.", age)
        yield GaugeMetricFamily(f"{PREFIX}last_backup_bytes", "Of the last good backup.", last.size_bytes)


def _machine() -> Iterator[Metric]:
    here = machine.look()
    yield GaugeMetricFamily(f"{PREFIX}cores", "Cores of the machine of the web server.", here.cores)
    yield GaugeMetricFamily(f"{PREFIX}load", "Load of that machine, mean of a minute.", here.load)
    if here.memory is not None:
        yield GaugeMetricFamily(f"{PREFIX}memory_total_bytes", "Of that machine.", here.memory)
        yield GaugeMetricFamily(f"{PREFIX}memory_free_bytes", "Of it available.", here.memory_free or 0)
    if here.trains_on_gpu is not None:
        device = "gpu" if here.trains_on_gpu else "cpu"
        yield _gauge("training_device", "What trainings run on.", "device", {device: 1})
    versions = {name.lower(): value for name, value in machine.list_versions().items()}
    yield InfoMetricFamily(f"{PREFIX}version", "Versions of the program and of what it runs on.", versions)


def _gauge(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    metric = GaugeMetricFamily(PREFIX + name, words, labels=(label,))
    for key, value in values.items():
        metric.add_metric((key,), value)
    return metric
