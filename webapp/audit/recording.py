"""Writes rows of the audit in the transaction of the change they are about.

``record`` only notes the row; it is written as the last statement before the commit, so that the end of the chain is
held for the shortest time. A change that is rolled back leaves no row, and none is committed without its row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction
from werkzeug.local import LocalProxy

from webapp.audit import chain, objects, origin
from webapp.audit.documents import document, short
from webapp.audit.origin import AuditOrigin
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditKind, User

_NOTED = "audit_noted"
_TOUCHED = "audit_touched"
_MARKS = "audit_marks"


@dataclass
class _Noted:
    columns: dict[str, Any]
    rows: Sequence[Any] = ()
    """Objects whose ids are known with the flush."""
    ids: list[int] = field(default_factory=list)


def record(
    action: AuditAction,
    target: Any = None,
    *,
    kind: AuditKind | None = None,
    name: str = "",
    model_id: int | None = None,
    rows: Sequence[Any] = (),
    number: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    by: User | None = None,
    of: AuditOrigin | None = None,
) -> None:
    """Note a row for this transaction.

    ``target``: the object, a row of a table of ``objects.py``; ``before`` and ``after`` are then its unsaved changes
    unless given, and an edit that changed nothing is not noted. Without one ``kind``, ``name`` and ``model_id`` say
    what it was. Of a bulk action ``rows`` are the objects, or their ids were told to ``touched``. ``by``: who acts,
    where the request does not know it; ``of``: all of that, for a worker.
    """
    session = db.session()
    columns: dict[str, Any] = {"object_kind": kind, "object_name": name, "model_id": model_id}
    if target is not None:
        if isinstance(target, LocalProxy):  # Flask-Login's current_user
            target = target._get_current_object()
        known = objects.described(target)
        columns = {
            "object_kind": known.kind,
            "object_name": name or known.name(target),
            "model_id": known.model_id(target),
        }
        if before is None and after is None:
            before, after = objects.unsaved_changes(target)
            if action is AuditAction.EDIT and not after:
                return
        rows = (target,)
    source = of or origin.current(by)
    ids = session.info.pop(_TOUCHED, []) if target is None and not rows else []
    columns |= {
        "action": action,
        "number": number if target is not None or number is not None else len(ids or rows) or None,
        "before": document(before),
        "after": document(after),
        "door": source.door,
        "actor_id": source.actor_id,
        "actor": short(source.actor, 254),
        "address": source.address,
        "token_id": source.token_id,
        "object_name": short(columns["object_name"] or "", 255),
    }
    session.info.setdefault(_NOTED, []).append(_Noted(columns, rows, ids))


def record_now(action: AuditAction, target: Any, **more: Any) -> None:
    """As ``record``, for what changes nothing else, such as a download. Commits; rows that were read stay read."""
    session = db.session()
    before, session.expire_on_commit = session.expire_on_commit, False
    try:
        record(action, target, **more)
        session.commit()
    finally:
        session.expire_on_commit = before


def touched(ids: Iterable[int]) -> None:
    """A bulk action has changed these objects, in however many transactions; its row, which follows, names them."""
    db.session().info.setdefault(_TOUCHED, []).extend(ids)


def _complete(noted: _Noted) -> dict[str, Any]:
    columns = noted.columns | {"object_id": None, "object_ids": None}
    ids = noted.ids or [row.id for row in noted.rows]
    if len(ids) == 1:
        columns["object_id"] = ids[0]
    elif ids:
        columns["object_ids"] = ranges(ids)
    if columns["object_kind"] is AuditKind.MODEL and columns["model_id"] is None:
        columns["model_id"] = columns["object_id"]
    return columns


def ranges(ids: Iterable[int]) -> str:
    """As PostgreSQL writes an ``int4multirange``: ``{[1,4),[7,8)}``."""
    found: list[list[int]] = []
    for number in sorted(set(ids)):
        if found and found[-1][1] == number:
            found[-1][1] += 1
        else:
            found.append([number, number + 1])
    return "{" + ",".join(f"[{low},{high})" for low, high in found) + "}"


@event.listens_for(db.session, "before_commit")
def _write(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.get(_NOTED):
        return
    session.flush()
    noted: list[_Noted] = session.info.pop(_NOTED)
    chain.append(session.connection(), [_complete(one) for one in noted])


@event.listens_for(db.session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is not None:
        session.info.setdefault(_MARKS, {})[transaction] = len(session.info.get(_NOTED, ()))


@event.listens_for(db.session, "after_soft_rollback")
def _drop(session: Session, previous: SessionTransaction) -> None:
    """What was rolled back is not recorded: of a savepoint only what was noted since."""
    del session.info.get(_NOTED, [])[session.info.get(_MARKS, {}).get(previous, 0) :]


@event.listens_for(db.session, "after_transaction_end")
def _forget_marks(session: Session, transaction: SessionTransaction) -> None:
    # Not that of a savepoint when it ends: its rollback is told afterwards.
    if transaction.parent is None:
        session.info.pop(_MARKS, None)
