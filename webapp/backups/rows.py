"""Rows of all tables out of one snapshot, read from the catalogue alone: the tables may be of an earlier version."""

import zlib
from collections.abc import Callable
from typing import Any

from psycopg2 import sql
from sqlalchemy import Connection, text

from webapp.formats.backups.layout import row_name
from webapp.formats.backups.writer import ArchiveWriter

VERSIONS = "alembic_version"
SEEDS = ("audit_head",)
"""Tables in which a migration leaves rows."""
PART = 8 * 2**20
"""Bytes of rows, uncompressed, after which a part of a table ends; one row may be longer."""

_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = """
SELECT c.relname FROM pg_class c
WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname
"""


def tables(connection: Connection) -> dict[str, list[str]]:
    """Columns of each table; without generated ones."""
    return {name: list(columns) for name, columns in connection.execute(text(_TABLES))}


def sequences(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Where each stands."""
    found = {}
    for name in connection.scalars(text(_SEQUENCES)).all():
        last, called = _first(connection, "SELECT last_value, is_called FROM {}", name)
        found[name] = (int(last), bool(called))
    return found


def revision(connection: Connection) -> str | None:
    """Version of the tables; None where there are none."""
    if connection.scalar(text("SELECT to_regclass('public.alembic_version')")) is None:
        return None
    found = _first(connection, "SELECT max(version_num) FROM {}", VERSIONS)
    return None if found[0] is None else str(found[0])


def are_there(connection: Connection) -> bool:
    """Whether any table has a row but for what migrations leave."""
    return any(
        _first(connection, "SELECT EXISTS (SELECT FROM {})", name)[0]
        for name in tables(connection)
        if name not in SEEDS
    )


def write(connection: Connection, archive: ArchiveWriter, written: Callable[[int], None]) -> None:
    """Add all rows as members of the archive; ``written`` is told the bytes of each part."""
    for name, columns in tables(connection).items():
        parts = _Parts(name, archive, written)
        statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(name), column_list(columns))
        with cursor_of(connection) as cursor:
            cursor.copy_expert(statement, parts)
        parts.finish()


def _first(connection: Connection, statement: str, name: str) -> tuple[Any, ...]:
    """The first row of a statement about the table of that name."""
    with cursor_of(connection) as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))
        found: tuple[Any, ...] = cursor.fetchone()
        return found


def cursor_of(connection: Connection) -> Any:
    """A cursor of psycopg2 in the same transaction: COPY needs one."""
    return connection.connection.cursor()


def column_list(columns: list[str]) -> sql.Composed:
    """Names of columns for a statement."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


class _Parts:
    """Takes what COPY sends, a row at a time, and makes members of whole rows of it."""

    def __init__(self, table: str, archive: ArchiveWriter, written: Callable[[int], None]) -> None:
        self._table, self._archive, self._written = table, archive, written
        self._rows: list[bytes] = []
        self._size = 0
        self._number = 0

    def write(self, data: bytes | str) -> None:
        row = data.encode() if isinstance(data, str) else data
        self._rows.append(row)
        self._size += len(row)
        if self._size >= PART:
            self.finish()

    def finish(self) -> None:
        """End the part, if it has rows."""
        if not self._rows:
            return
        self._number += 1
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: with the header of gzip
        packed = b"".join([*map(packer.compress, self._rows), packer.flush()])
        self._rows.clear()
        self._archive.add_bytes(row_name(self._table, self._number), packed)
        self._written(self._size)
        self._size = 0
