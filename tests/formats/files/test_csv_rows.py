"""Rows of CSV that no spreadsheet runs, whoever writes them."""

import csv
import io

import pytest

from webapp.core.settings import ROOT
from webapp.formats.files.csv_rows import csv_line


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_starts_like_a_formula_stays_text(text: str) -> None:
    assert next(csv.reader(io.StringIO(csv_line([text, "fig"]), newline=""))) == [f"'{text}", "fig"]


def test_numbers_stay_numbers_and_none_is_empty() -> None:
    assert csv_line([-1, -0.5, None, ""]) == "-1,-0.5,,\r\n"


def test_nothing_else_writes_csv() -> None:
    """A writer of its own would forget the formulas."""
    writers = [
        str(file.relative_to(ROOT))
        for top in ("webapp", "jobs")
        for file in (ROOT / top).rglob("*.py")
        if "csv.writer(" in file.read_text() or "csv.DictWriter(" in file.read_text()
    ]
    assert writers == ["webapp/formats/files/csv_rows.py"]
