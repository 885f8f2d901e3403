"""The chain of the audit: each row holds a hash of itself and of the row before.

    hash = SHA-256(hash of the row before + "\\n" + row), in hexadecimal digits; 64 zeros stand before row 1

``row`` is the JSON object of all its other columns in UTF-8: keys sorted, no blanks, no escapes but those that JSON
needs, ``at`` in UTC with six digits (``2026-11-30T08:00:00.000000+00:00``), ``before`` and ``after`` as texts.
``docs/security.md`` has a worked example, which a test holds.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from webapp.core.extensions import db
from webapp.models import AuditEntry, AuditHead
from webapp.models.columns import now

BEGINNING = "0" * 64
"""Stands before the first row."""
_TABLE: Any = AuditEntry.__table__
_COLUMNS = [column.name for column in _TABLE.columns if column.name != "hash"]
_BATCH = 2_000


@dataclass(frozen=True)
class Head:
    """The end of the chain."""

    count: int
    hash: str


@dataclass(frozen=True)
class ChainFault:
    """What verifying found. ``reason``: ``changed``, ``missing``, ``cut`` or ``other``; ``id``: of the first row."""

    id: int
    reason: str


def hash_of(before: str, row: Mapping[str, Any]) -> str:
    """The hash of a row (all columns but ``hash``) behind the row with the hash ``before``."""
    plain = {name: row[name] for name in _COLUMNS}
    plain["at"] = plain["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def append(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows (all columns but ``id``, ``at``, ``hash``) at the end of the chain, in this transaction.

    Its end is held until the commit: call it last.
    """
    count, last = _held_end(connection)
    moment = now()
    complete = []
    for row in rows:
        count += 1
        whole = row | {"id": count, "at": moment}
        last = hash_of(last, whole)
        complete.append(whole | {"hash": last})
    connection.execute(insert(AuditEntry), complete)
    connection.execute(update(AuditHead).values(count=count, hash=last))


def _held_end(connection: Connection) -> tuple[int, str]:
    held = select(AuditHead.count, AuditHead.hash).with_for_update()
    found = connection.execute(held).one_or_none()
    if found is None:  # only where somebody has emptied the table
        nothing = postgresql_insert(AuditHead).values(one=True, count=0, hash=BEGINNING)
        connection.execute(nothing.on_conflict_do_nothing())
        found = connection.execute(held).one()
    count, last = found
    return count, last


def head() -> Head:
    """The present end."""
    return _read_head(db.session.connection())


def verify(kept: Head | None = None) -> tuple[Head, ChainFault | None]:
    """Compute every hash again, row by row; the end of the chain, and the first row that is not right.

    ``kept`` is an end that was written down earlier: the chain must have gone through it.
    """
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        end = _read_head(connection)
        return end, _first_fault(connection, end, kept)


def _read_head(connection: Connection) -> Head:
    found = connection.execute(select(AuditHead.count, AuditHead.hash)).one_or_none()
    return Head(*found) if found else Head(0, BEGINNING)


def _first_fault(connection: Connection, end: Head, kept: Head | None) -> ChainFault | None:
    count, last = 0, BEGINNING
    for row in _rows(connection):
        count += 1
        if row["id"] != count:
            return ChainFault(count, "missing")
        last = hash_of(last, row)
        if last != row["hash"]:
            return ChainFault(count, "changed")
        if kept is not None and kept.count == count and kept.hash != last:
            return ChainFault(count, "other")
    if count < end.count or (kept is not None and count < kept.count):
        return ChainFault(count + 1, "cut")
    if (count, last) != (end.count, end.hash):
        return ChainFault(count, "other")
    return None


def _rows(connection: Connection) -> Iterator[Any]:
    statement = select(_TABLE).order_by(_TABLE.c.id).execution_options(yield_per=_BATCH)
    yield from connection.execute(statement).mappings()
