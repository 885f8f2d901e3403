"""Loads the rows of a backup into empty tables of its version, in one transaction of the caller."""

import gzip
import zlib
from typing import Any

import psycopg2
from psycopg2 import sql
from sqlalchemy import Connection, text

from webapp.backups import rows, versions
from webapp.backups.faults import BackupFault
from webapp.formats.backups.layout import HEADER, DamagedArchive, Header, table_of
from webapp.formats.backups.reader import BackupMember
from webapp.formats.backups.writer import PIECE

_DROP_ALL = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DROP TABLE %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DROP SEQUENCE %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
        EXECUTE format('DROP ROUTINE %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT t.oid::regtype AS name FROM pg_type t
        WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e') LOOP
        EXECUTE format('DROP TYPE %s CASCADE', one.name);
    END LOOP;
END $$
"""
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_TRIGGERS = """
SELECT tgrelid::regclass::text, quote_ident(tgname), tgenabled::text FROM pg_trigger t
JOIN pg_class c ON c.oid = tgrelid
WHERE NOT tgisinternal AND tgenabled <> 'D' AND c.relnamespace = 'public'::regnamespace
"""
_ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class Loader:
    """Makes the tables of the backup's version, takes its rows, and brings them up to date."""

    def __init__(self, connection: Connection, header: Header) -> None:
        self._connection = connection
        self._header = header
        self._foreign_keys: list[Any] = []
        self._triggers: list[Any] = []

    def begin(self) -> None:
        """Raises BackupFault where there are rows; nobody else reads or writes the tables until the commit."""
        connection = self._connection
        present = [*rows.tables(connection), *([rows.VERSIONS] if rows.revision(connection) else [])]
        if present:
            self._execute("SET LOCAL lock_timeout = '60s'")
            names = sql.SQL(", ").join(map(sql.Identifier, present))
            with rows.cursor_of(connection) as cursor:
                try:
                    cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
                except psycopg2.errors.LockNotAvailable as error:
                    raise BackupFault("under_way") from error
        if rows.are_there(connection):
            raise BackupFault("not_empty")
        self._execute(_DROP_ALL)
        versions.upgrade(connection, self._header.revision)
        self._compare_tables()
        # The rows are complete: triggers would count them twice, and foreign keys are checked at the end, at once.
        self._foreign_keys = list(connection.execute(text(_FOREIGN_KEYS)))
        self._triggers = list(connection.execute(text(_TRIGGERS)))
        for table, name, _definition in self._foreign_keys:
            self._execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for table, name, _state in self._triggers:
            self._execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        for table in rows.SEEDS:
            if table in self._header.tables:
                self._execute(f"TRUNCATE {table}")

    def load(self, member: BackupMember) -> None:
        """Rows of one member. Raises DamagedArchive where they are none of its table."""
        table = table_of(member.name)
        columns = self._header.tables.get(table)
        if columns is None:
            raise DamagedArchive("hostile", member.name)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), rows.column_list(columns)
        )
        with rows.cursor_of(self._connection) as cursor, gzip.GzipFile(fileobj=member) as content:  # type: ignore[call-overload]
            try:
                cursor.copy_expert(statement, content, PIECE)
            except (psycopg2.DataError, psycopg2.IntegrityError, psycopg2.errors.QueryCanceled) as error:
                raise DamagedArchive("damaged", member.name) from error
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise DamagedArchive("damaged", member.name) from error

    def finish(self) -> None:
        """After all rows: sequences, triggers, foreign keys, then the migrations since. Raises DamagedArchive."""
        for name, (last, called) in self._header.sequences.items():
            self._connection.execute(
                text("SELECT setval(to_regclass(quote_ident(:name)), :last, :called)"),
                {"name": name, "last": last, "called": called},
            )
        for table, name, state in self._triggers:
            self._execute(f"ALTER TABLE {table} {_ENABLE[state]} TRIGGER {name}")
        with rows.cursor_of(self._connection) as cursor:
            for table, name, definition in self._foreign_keys:
                try:
                    cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
                except psycopg2.IntegrityError as error:
                    raise DamagedArchive("damaged", f"rows/{table}") from error
        versions.upgrade(self._connection)

    def _compare_tables(self) -> None:
        present = {name: set(columns) for name, columns in rows.tables(self._connection).items()}
        told = {name: set(columns) for name, columns in self._header.tables.items()}
        if present != told or set(self._header.sequences) != set(rows.sequences(self._connection)):
            raise DamagedArchive("damaged", HEADER)

    def _execute(self, statement: str) -> None:
        self._connection.execute(text(statement.replace(":", r"\:")))
