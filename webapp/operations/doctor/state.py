"""Checks of rows, runs, versions and the machine."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import func, or_, select

from webapp.annotations import doubles
from webapp.contracts.run_status import AT_WORK
from webapp.core import disk_space, queues
from webapp.core.batches import batches
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, LibraryRun, PredictionRun, RunStatus, TrainingRun
from webapp.models.columns import now
from webapp.operations import lost_runs
from webapp.operations.doctor.findings import EXAMPLES, Complaint
from webapp.runs.states import RunTable

STUCK = timedelta(minutes=5)
CLOCK_SECONDS = 2.0


def doubled_labels() -> Iterator[Complaint]:
    """Labels that are one object twice."""
    for model in db.session.scalars(select(DetectionModel).where(DetectionModel.deleted_at.is_(None))).all():
        ids = db.session.scalars(select(Image.id).where(Image.model_id == model.id).order_by(Image.id)).all()
        found = [photo for batch in batches(list(ids), doubles.BATCH) for photo in doubles.find(batch)]
        if found:
            count = sum(len(photo.doubles) for photo in found)
            yield Complaint(
                f"{model.name}: {count} labels are there twice: its statistics page removes them, with undo.",
                [photo.filename for photo in found[:EXAMPLES]],
                partial(doubles.start, model, None, remove=True),
            )


def stuck_runs() -> Iterator[Complaint]:
    """Runs that nobody works on."""
    long_ago = now() - STUCK
    tables: tuple[RunTable, ...] = (TrainingRun, PredictionRun, LibraryRun)
    for table in tables:
        silent = table.status.in_(AT_WORK) & (table.heartbeat_at < long_ago)
        waiting = (table.status == RunStatus.QUEUED) & (table.created_at < long_ago)
        columns = select(table.id, table.status, table.job_id).where(or_(silent, waiting)).order_by(table.id)
        for run_id, status, job_id in db.session.execute(columns):
            # One that waits for its turn has its job in the queue.
            if status != RunStatus.QUEUED or job_id is None or not queues.is_known(job_id):
                yield Complaint(
                    f"{table.__tablename__} {run_id} ({status}) is worked on by nobody: see that the janitor runs.",
                    mend=_as_the_janitor,
                )


def _as_the_janitor() -> None:
    lost_runs.end_lost_runs(lost_runs.Watch())
    lost_runs.enqueue_forgotten_runs()


def versions() -> Iterator[Complaint]:
    """Tables of another version than the program."""
    heads = set(ScriptDirectory(current_app.extensions["migrate"].directory).get_heads())
    present = set(MigrationContext.configure(db.session.connection()).get_current_heads())
    if present != heads:
        yield Complaint(
            f"The tables are of version {', '.join(sorted(present)) or 'none'}, the program of "
            f"{', '.join(sorted(heads))}: start bin/serve, or take the program that is as new as its data."
        )


def room() -> Iterator[Complaint]:
    """Too little free disk."""
    found = disk_space.room()
    if found.is_short:
        yield Complaint(
            f"{found.free / 1e9:.1f} GB are free and {found.floor / 1e9:.1f} are needed (MIN_FREE_GB): clean up under "
            "Disk space, or give the machine more."
        )


def clock() -> Iterator[Complaint]:
    """A clock that differs from that of PostgreSQL."""
    theirs = db.session.scalar(select(func.clock_timestamp()))
    seconds = abs((theirs - now()).total_seconds()) if theirs else 0.0
    if seconds > CLOCK_SECONDS:
        yield Complaint(f"The clock differs from that of PostgreSQL by {seconds:.0f} s: set both by NTP.")
