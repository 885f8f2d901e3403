"""Statements as they go to the database: counted, and something that happens between two of them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from webapp.core.extensions import db
from webapp.models import User


@contextmanager
def just_before_reading(table: str, act: Callable[[Session], None]) -> Iterator[None]:
    """Right before the first statement of the block that reads from ``table``, ``act`` on a connection of its own.

    It is committed then. The block must have such a statement.
    """
    engine, happened = db.engine, []
    # A request begins without rows; the tests' requests have the session of the test, and its user.
    db.session.expire_all()
    for row in set(db.session) - set(db.session.query(User)):
        db.session.expunge(row)

    def look(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not happened and re.search(rf"\b(FROM|JOIN) {table}\b", sql):
            happened.append(sql)
            with Session(engine) as elsewhere:
                act(elsewhere)
                elsewhere.commit()

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", look)
    assert happened, f"nothing was read from {table}"


@contextmanager
def counted_reading(*tables: str) -> Iterator[dict[str, int]]:
    """How many SELECTs of the block, in whatever thread, read from each of these tables first of all."""
    engine, counts = db.engine, dict.fromkeys(tables, 0)

    def look(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        found = re.search(r"^SELECT.*?\bFROM (\w+)", sql, re.DOTALL)
        if found and found[1] in counts:
            counts[found[1]] += 1

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield counts
    finally:
        event.remove(engine, "before_cursor_execute", look)
