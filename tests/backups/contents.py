"""Every row of every table and every byte of every file, to be compared."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from webapp.backups import held_files
from webapp.core import storage
from webapp.core.extensions import db

EVERY_ROW = 'SELECT t::text FROM "{}" t'
WHERE_IT_STANDS = 'SELECT last_value, is_called FROM "{}"'


@dataclass(frozen=True)
class Contents:
    """Of an installation."""

    rows: dict[str, list[str]]
    sequences: dict[str, tuple[int, bool]]
    files: dict[str, bytes]


def contents_here() -> Contents:
    """Of the present application."""
    with db.engine.connect() as connection:
        names = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        ).all()
        rows = {name: sorted(connection.scalars(text(EVERY_ROW.format(name)))) for name in names}
        sequences = {}
        for name in connection.scalars(text("SELECT sequencename FROM pg_sequences")):
            last, called = connection.execute(text(WHERE_IT_STANDS.format(name))).one()
            sequences[name] = (last, called)
    return Contents(rows, sequences, files_here())


def files_here(folders: tuple[str, ...] = held_files.FOLDERS) -> dict[str, bytes]:
    """Path below DATA_DIR and bytes of each file."""
    data = storage.data_dir()
    return {
        str(path.relative_to(data)): path.read_bytes()
        for folder in folders
        for path in Path(data, folder).rglob("*")
        if path.is_file()
    }
