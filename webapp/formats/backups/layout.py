"""Names in the archive of a backup.

header.json                      what it holds: ``Header``
rows/<table>/<000001>.copy.gz    rows as COPY writes them (text), whole rows, compressed
files/<path below DATA_DIR>
sums/<000001>.sha256             after each ``GROUP`` members: their SHA-256, as ``sha256sum --check`` reads them
end.json                         the number of members before it, and the SHA-256 of all sums
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

FORMAT = 1
GROUP = 1000
"""Members whose hashes stand together."""
HEADER, END, SUMS = "header.json", "end.json", "sums/"
ROWS, FILES = "rows/", "files/"
LONGEST_NAME = 4096
_ROWS = re.compile(r"rows/([a-z0-9_]+)/\d{6,}\.copy\.gz")


class DamagedArchive(Exception):
    """The archive cannot be used. ``code``: ``not_a_backup``, ``truncated``, ``damaged``, ``hostile``; ``name``: of the
    member where that was seen."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(f"{code} {name}")
        self.code = code
        self.name = name


@dataclass(frozen=True)
class Header:
    """The first member."""

    created_at: str
    """The moment of the backup, ISO 8601 with its offset."""
    revision: str
    """Of the tables, as Alembic names it."""
    tables: dict[str, list[str]]
    """Columns of each table."""
    sequences: dict[str, tuple[int, bool]]
    """Last value of each, and whether it was given out."""
    has_files: bool
    files: int
    """Number of files."""
    bytes: int
    """Of the files, and about of the rows."""
    format: int = FORMAT


def row_name(table: str, number: int) -> str:
    """The member with the ``number``-th part of a table's rows."""
    return f"{ROWS}{table}/{number:06}.copy.gz"


def table_of(name: str) -> str:
    """The table of a member with rows. Raises DamagedArchive."""
    match = _ROWS.fullmatch(name)
    if match is None:
        raise DamagedArchive("hostile", name)
    return match[1]


def path_of(name: str, folders: tuple[str, ...]) -> PurePosixPath:
    """The path below DATA_DIR of a member ``files/…``. Raises DamagedArchive where it leaves those folders."""
    text = name.removeprefix(FILES)
    path = PurePosixPath(text)
    plain = str(path) == text and not path.is_absolute() and "\0" not in text and "\\" not in text
    if not plain or ".." in path.parts or len(path.parts) < 2 or path.parts[0] not in folders:
        raise DamagedArchive("hostile", name)
    return path
