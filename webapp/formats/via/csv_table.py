"""Reading the CSV of VIA 1 and 2: one row a region, shapes and attributes as JSON in a cell."""

import csv
import json
import re
from collections.abc import Iterator

from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import (
    AnnotationFormat,
    FormatFault,
    FormatRejected,
    ParsedAnnotations,
    ParsedImage,
)
from webapp.formats.files.text_source import TextSource
from webapp.formats.via.reader import ViaImages

NAME, SHAPE, CATEGORY = "filename", "region_shape_attributes", "region_attributes"
PHOTO = "file_attributes"
"""In each row of a photo the same."""
_UNDEFINED = re.compile(r":\s*undefined(?=\s*[,}])")
"""Not JSON, and what VIA writes here where nothing was chosen."""
LONGEST_HEADER = 10_000
"""Characters."""
LONGEST_CELL = 16 * 1024 * 1024
"""Characters; the library's own limit of 131,072 is a polygon of some thousand points."""


def is_via_csv(line: str) -> bool:
    """Whether this first line names the columns of VIA."""
    return {NAME, SHAPE} <= set(_columns(line))


def read_via_csv(source: TextSource) -> ParsedAnnotations:
    """Read the rows. Raises FormatRejected where the columns are others."""
    lines = source.lines()
    first = next((line for line in lines if line.strip()), "")
    if not is_via_csv(first):
        raise FormatRejected(FormatFault.UNKNOWN_FORMAT)
    columns = _columns(first)
    photos = ViaImages()
    if source.guessed:
        photos.list.fixed.add(Fault.TEXT_ENCODING, source.encoding, "file")
    csv.field_size_limit(LONGEST_CELL)
    known: dict[str, ParsedImage | None] = {}
    number = 1
    rows = csv.reader(lines, delimiter=_delimiter(first))
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            break
        except csv.Error:
            photos.list.counted()
            photos.list.skipped.add(Fault.ROW_UNREADABLE, f"row {number}")
            continue
        if any(cell.strip() for cell in cells):
            _read_row(photos, _named(columns, cells), number, known)
    return photos.result(AnnotationFormat.VIA_CSV)


def _read_row(
    photos: ViaImages, row: dict[str, str], number: int, known: dict[str, ParsedImage | None]
) -> None:
    name = row.get(NAME, "").strip()
    shape, attributes = _read_json(row.get(SHAPE, "")), _read_json(row.get(CATEGORY, ""))
    label = f"row {number}"
    # A photo has as many rows as regions: only a name that is new is looked up and reported.
    if name not in known:
        known[name] = photos.photo(name, label, {PHOTO: _read_json(row.get(PHOTO, ""))})
    image = known[name]
    if shape == {}:  # how VIA writes a photo without regions
        return
    if not isinstance(shape, dict) or attributes is None:
        photos.list.counted(image)
        photos.list.skipped.add(Fault.ROW_UNREADABLE, label)
        return
    photos.add_region(image, {"shape_attributes": shape, "region_attributes": attributes}, label)


def _read_json(cell: str) -> object:
    """The JSON of a cell: {} where it is empty, None where it is broken."""
    if not cell.strip():
        return {}
    try:
        return json.loads(cell)
    except RecursionError:
        return None
    except ValueError:
        mended, count = _UNDEFINED.subn(": null", cell)
        return _read_json(mended) if count else None


def _named(columns: list[str], cells: list[str]) -> dict[str, str]:
    """The cells by column. VIA does not quote names, so that a comma in one makes two cells of it."""
    surplus = len(cells) - len(columns)
    if surplus > 0 and columns[0] == NAME:
        cells = [",".join(cells[: surplus + 1]), *cells[surplus + 1 :]]
    return dict(zip(columns, cells, strict=False))


def _columns(line: str) -> list[str]:
    names = line.lstrip("#").strip().split(_delimiter(line))
    return [name.strip().strip('"').lstrip("#").strip().lower() for name in names]


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def first_line(pieces: Iterator[str]) -> str:
    """The first line of a text that is not blank, of a long one the beginning."""
    text = ""
    for piece in pieces:
        text = (text + piece).lstrip()
        if "\n" in text or "\r" in text or len(text) > LONGEST_HEADER:
            break
    return (text[:LONGEST_HEADER].splitlines() or [""])[0]
