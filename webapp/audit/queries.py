"""Finds rows of the audit: filtered, newest first, in pages by the id of the last row seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Integer, Select, and_, cast, literal_column, or_, select
from sqlalchemy.orm import Session

from webapp.core.extensions import db
from webapp.models import AuditAction, AuditEntry, AuditKind, User

MOST_PEOPLE = 50
_STREAMED = 1_000


@dataclass(frozen=True)
class AuditQuery:
    """Which rows; None: all."""

    actor: str = ""
    """A part of the name or of the e-mail address, or the whole name of a user of the operating system."""
    action: AuditAction | None = None
    kind: AuditKind | None = None
    object_id: int | None = None
    """Needs ``kind``; also bulk actions that it was part of."""
    model_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """For a WHERE."""
        found: list[ColumnElement[bool]] = []
        if self.actor:
            found.append(AuditEntry.actor.in_(_people(self.actor)))
        if self.action is not None:
            found.append(AuditEntry.action == self.action)
        if self.kind is not None:
            found.append(AuditEntry.object_kind == self.kind)
        if self.object_id is not None:
            found.append(or_(AuditEntry.object_id == self.object_id, contains(self.object_id)))
        if self.model_id is not None:
            found.append(AuditEntry.model_id == self.model_id)
        if self.since is not None:
            found.append(AuditEntry.at >= self.since)
        if self.until is not None:
            found.append(AuditEntry.at < self.until)
        return found


def _people(text: str) -> list[str]:
    """E-mail addresses of the first accounts that are meant, and the text itself."""
    plain = text.replace("\x00", "").strip()
    meant = or_(User.name.icontains(plain, autoescape=True), User.email.icontains(plain, autoescape=True))
    found = db.session.scalars(select(User.email).where(meant).order_by(User.email).limit(MOST_PEOPLE))
    return [*found, plain]


def contains(object_id: int) -> ColumnElement[bool]:
    """That a bulk action has changed this object."""
    ids: ColumnElement[object] = literal_column("audit_entry.object_ids")
    return and_(ids.is_not(None), ids.op("@>")(cast(object_id, Integer)))


def page(query: AuditQuery, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """The newest first; ``before`` is the id of the last row seen."""
    return list(db.session.scalars(_newest(query.conditions(), before, limit)))


def every(query: AuditQuery) -> Iterator[AuditEntry]:
    """All rows, the newest first; they can be read after the request has ended."""
    return _pages(db.engine, query.conditions())


def _pages(engine: Engine, conditions: list[ColumnElement[bool]]) -> Iterator[AuditEntry]:
    """One short transaction a page: a slow download holds no connection."""
    last: int | None = None
    while True:
        with Session(engine) as session:
            rows = list(session.scalars(_newest(conditions, last, _STREAMED)))
        if not rows:
            return
        yield from rows
        last = rows[-1].id


def _newest(
    conditions: list[ColumnElement[bool]], before: int | None, limit: int
) -> Select[*tuple[AuditEntry]]:
    statement = select(AuditEntry).where(*conditions)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return statement.order_by(AuditEntry.id.desc()).limit(limit)
