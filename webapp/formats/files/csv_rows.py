"""CSV rows that Excel reads correctly."""

import csv
import io
from collections.abc import Sequence

BOM = "\ufeff"
"""At the start of a file: makes Excel read it as UTF-8, so that Chinese is right."""
Cell = str | int | float | None
"""None is an empty one."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Sequence[Cell]) -> str:
    """One row with its end. Excel would run a text that starts like a formula: an apostrophe makes it text (OWASP)."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return buffer.getvalue()


def _cell(cell: Cell) -> Cell:
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
