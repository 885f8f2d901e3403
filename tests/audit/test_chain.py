"""A change from outside shows: each row is chained to the one before."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from webapp.audit import chain
from webapp.audit.chain import ChainFault, Head
from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.core.settings import ROOT
from webapp.models import AuditAction, AuditKind, User

EXAMPLE = {
    "id": 1,
    "at": datetime(2026, 11, 30, 8, 0, tzinfo=UTC),
    "action": AuditAction.EDIT,
    "actor_id": 7,
    "actor": "wang@factory.test",
    "door": "page",
    "address": "192.0.2.1",
    "token_id": None,
    "object_kind": AuditKind.MODEL,
    "object_id": 3,
    "object_name": "螺絲",
    "model_id": 3,
    "number": None,
    "object_ids": None,
    "before": '{"name":"Screw"}',
    "after": '{"name":"螺絲"}',
}
"""The worked example of docs/security.md."""


@pytest.fixture
def five(administrator: User) -> int:
    """Rows in the audit; the number of the last one."""
    for number in range(5):
        record(AuditAction.EDIT, kind=AuditKind.MODEL, name=f"Model {number}", after={"name": "é\u2028"})
        db.session.commit()
    return chain.head().count


def outside(statement: str) -> None:
    """What somebody does who owns the database."""
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text(statement))
    db.session.commit()


def test_the_documented_example(app: OpenAPI) -> None:
    assert chain.hash_of(chain.BEGINNING, EXAMPLE) in (ROOT / "docs" / "security.md").read_text()


def test_untouched_rows_are_right(five: int) -> None:
    end, fault = chain.verify()
    assert (end.count, fault) == (five, None)


DAMAGE: dict[str, tuple[str, Callable[[int], ChainFault]]] = {
    "changed": ("UPDATE audit_entry SET actor = 'x' WHERE id = 3", lambda _last: ChainFault(3, "changed")),
    "one removed": ("DELETE FROM audit_entry WHERE id = 3", lambda _last: ChainFault(3, "missing")),
    "end cut off": (
        "DELETE FROM audit_entry WHERE id > (SELECT max(id) - 2 FROM audit_entry)",
        lambda last: ChainFault(last - 1, "cut"),
    ),
    "other order": (
        "UPDATE audit_entry SET id = CASE id WHEN 3 THEN 4 ELSE 3 END + 1000000 WHERE id IN (3, 4);"
        "UPDATE audit_entry SET id = id - 1000000 WHERE id > 1000000",
        lambda _last: ChainFault(3, "changed"),
    ),
    "all removed": ("DELETE FROM audit_entry", lambda _last: ChainFault(1, "cut")),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_the_first_wrong_row_is_named(five: int, damage: tuple[str, Callable[[int], ChainFault]]) -> None:
    statement, expected = damage
    for part in statement.split(";"):
        outside(part)
    assert chain.verify()[1] == expected(five)


def test_a_kept_end_shows_what_was_computed_anew(five: int) -> None:
    kept = chain.head()
    assert chain.verify(kept)[1] is None
    record(AuditAction.EDIT, kind=AuditKind.MODEL, name="later")
    db.session.commit()
    assert chain.verify(kept)[1] is None
    assert chain.verify(Head(kept.count, "1" * 64))[1] == ChainFault(kept.count, "other")
    assert chain.verify(Head(kept.count + 5, "1" * 64))[1] == ChainFault(kept.count + 2, "cut")
