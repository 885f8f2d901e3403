"""Finds what is to be told, by looking: nothing that a run does waits for it or fails by it.

The janitor looks every few seconds. A run is found by the time of its end, the disk and the backups are told once a
day while they are as they are; a message that is known by its key is not made twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from webapp.backups import records
from webapp.core import disk_space
from webapp.core.extensions import db
from webapp.models import (
    AlertDelivery,
    AlertEvent,
    AlertSettings,
    DeliveryStatus,
    DetectionModel,
    LibraryRun,
    PredictionRun,
    RunColumns,
    RunStatus,
    TrainingRun,
)
from webapp.models.columns import now
from webapp.operations.alerts import preferences
from webapp.runs.states import TOPICS, RunTable

OVERLAP = timedelta(seconds=60)
"""The time of a run's end is taken before it is written: what may have come late is looked at again."""
OVER = (RunStatus.COMPLETED, RunStatus.STOPPED, RunStatus.FAILED)
PAGES: dict[RunTable, str] = {
    TrainingRun: "training-runs/{0.id}",
    PredictionRun: "prediction-runs/{0.id}",
    LibraryRun: "models/{0.model_id}/images",
}
"""Addresses of pages, which processes without pages cannot make."""


@dataclass(frozen=True)
class Happened:
    """Something to tell."""

    event: AlertEvent
    key: str
    document: dict[str, Any]


def look() -> int:
    """Make a message by each channel for what has happened since the last look; their number. Commits."""
    settings = preferences.find()
    if settings is None:
        return 0
    moment = now()
    channels = preferences.channels_of(settings)
    found = [one for one in _all(settings, moment) if one.event in settings.events] if channels else []
    keys = [one.key for one in found]
    known = (
        set(db.session.scalars(select(AlertDelivery.key).where(AlertDelivery.key.in_(keys))))
        if keys
        else set()
    )
    rows = [
        {
            "created_at": moment,
            "event": one.event,
            "channel": channel,
            "key": one.key,
            "message_id": f"msg_{uuid4().hex}",
            "document": one.document,
            "status": DeliveryStatus.WAITING,
            "tries": 0,
            "next_try_at": moment,
        }
        for one in found
        if one.key not in known
        for channel in channels
    ]
    if rows:
        db.session.execute(insert(AlertDelivery).values(rows).on_conflict_do_nothing())
    # Not with each look: an installation at rest writes nothing.
    if rows or moment - settings.seen_until > OVERLAP / 2:
        settings.seen_until = moment
    db.session.commit()
    return len(rows)


def _all(settings: AlertSettings, moment: datetime) -> Iterator[Happened]:
    since = settings.seen_until - OVERLAP
    for table in PAGES:
        yield from _runs(table, since, settings.base_url)
    yield from _disk(moment)
    yield from _backup(moment, settings.backup_days)


def _runs(table: RunTable, since: datetime, base_url: str) -> Iterator[Happened]:
    ended = db.session.scalars(
        select(table)
        .join(DetectionModel, table.model_id == DetectionModel.id)
        .where(table.finished_at > since, table.status.in_(OVER), DetectionModel.deleted_at.is_(None))
        .order_by(table.finished_at)
    )
    for run in ended:
        failed = run.status == RunStatus.FAILED
        if isinstance(run, LibraryRun) and not (failed and _is_of_machine(run)):
            continue
        end = run.finished_at.isoformat() if run.finished_at else ""
        document = {
            "kind": run.kind.value
            if isinstance(run, LibraryRun)
            else table.__tablename__.removesuffix("_run"),
            "id": run.id,
            "number": getattr(run, "number", run.id),
            "model_id": run.model_id,
            "model_name": run.model.name,
            "status": run.status.value,
            "error": run.error,
            "finished_at": end,
            "url": base_url.rstrip("/") + "/" + PAGES[table].format(run),
        }
        event = AlertEvent.RUN_FAILED if failed else AlertEvent.RUN_ENDED
        yield Happened(event, f"{TOPICS[table](run.id)}:{end}", document)


def _is_of_machine(run: RunColumns) -> bool:
    """Whether it failed by the machine, not by files that somebody sent: who sent them reads that on the page."""
    return run.error is not None and "message" not in run.error


def _disk(moment: datetime) -> Iterator[Happened]:
    room = disk_space.room()
    if room.is_short:
        document = {"free_bytes": room.free, "total_bytes": room.total, "floor_bytes": room.floor}
        yield Happened(AlertEvent.DISK_SHORT, _of_day(AlertEvent.DISK_SHORT, moment), document)


def _backup(moment: datetime, days: int) -> Iterator[Happened]:
    last = records.last_good_backup()
    if last is None or moment - last.created_at > timedelta(days=days):
        document = {"last_backup_at": last.created_at.isoformat() if last else None, "limit_days": days}
        yield Happened(AlertEvent.BACKUP_OLD, _of_day(AlertEvent.BACKUP_OLD, moment), document)


def _of_day(event: AlertEvent, moment: datetime) -> str:
    return f"{event.value}:{moment.date().isoformat()}"
