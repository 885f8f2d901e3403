"""Reads a CSV of photos and categories: a line for each photo, its name and a category or "no object".

A category of a whole photo has no shape and cannot be a label: it is reported. "No object" marks the photo.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from webapp.formats.annotations.image_list import CollectedImages
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import AnnotationFormat, ParsedAnnotations
from webapp.formats.files.filenames import clean_text
from webapp.formats.files.text_source import TextSource
from webapp.formats.images.kinds import SUFFIXES as PHOTO_SUFFIXES
from webapp.formats.sets.files import suffix_of
from webapp.formats.yolo.lists import split_named

DELIMITERS = ",;\t"
PHOTO_HEADERS = frozenset(
    {"file", "filename", "file_name", "image", "image_name", "imagename", "img", "photo", "path", "name",
     "影像", "照片", "檔名", "檔案", "圖片"}
)  # fmt: skip
CATEGORY_HEADERS = frozenset(
    {"category", "class", "classname", "class_name", "label", "labels", "defect", "類別", "標記", "缺陷", "分類"}
)  # fmt: skip
SPLIT_HEADERS = frozenset({"split", "set", "subset", "資料集", "分頁"})
NO_OBJECT = frozenset(
    {"no object", "no objects", "no object here", "no_object", "no-object", "noobject", "no defect", "no defects",
     "no_defect", "no finding", "none", "nothing", "background",
     "沒有物件", "這張沒有物件", "無物件", "無缺陷", "沒有缺陷"}
)  # fmt: skip
"""Categories that say that the photo shows none; "ok" and "good" may be categories of their own."""
HEAD_ROWS = 20


def is_photo_table(source: TextSource) -> bool:
    """Whether it is a table of two columns, or three with the split, whose first rows all name photos."""
    rows = _rows(source)
    columns = _columns(_first(rows))
    if columns is None:
        return False
    seen = 0
    for row in rows:
        if seen == HEAD_ROWS:
            break
        if row is None or len(row) > columns.count or not _is_photo(_cell(row, columns.photo)):
            return False
        seen += 1
    return seen > 0 or not columns.has_header


def read_photo_table(source: TextSource) -> ParsedAnnotations:
    """The photos that show no object, and what is said of the others as findings. Raises FormatRejected.

    A photo without a category is one that is listed without shapes. ``source`` must be a photo table.
    """
    images = CollectedImages()
    if source.guessed:
        images.fixed.add(Fault.TEXT_ENCODING, source.encoding, "file")
    rows = _rows(source)
    first = _first(rows)
    columns = _columns(first)
    assert columns is not None  # noqa: S101 - is_photo_table
    with_category = set()
    for number, row in enumerate(rows if columns.has_header else chain([first], rows), start=1):
        if row is None or not _is_photo(_cell(row, columns.photo)):
            images.skipped.add(Fault.ROW_UNREADABLE, f"#{number} {' '.join(row or [])}", "file")
            continue
        name = clean_text(_cell(row, columns.photo))
        image = images.images.get(name) or images.image(name, f"#{number}")
        if image is None:
            continue
        category = " ".join(_cell(row, columns.category).split())
        if columns.split is not None:
            image.split = split_named(_cell(row, columns.split)) or image.split
            image.is_split_listed = True
        if category.casefold() in NO_OBJECT:
            image.no_object = True
        elif category:
            image.entries += 1
            with_category.add(image.file_name)
            images.skipped.add(Fault.PHOTO_CATEGORY, f"{image.file_name}: {category}", "image")
    for name in with_category:
        # A photo of which any line says a category shows something: it is not asked about.
        images.images[name].no_object = False
    return images.result(AnnotationFormat.PHOTO_TABLE)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the photo, its category and its split stand."""

    photo: int
    category: int
    split: int | None
    count: int
    has_header: bool


def _columns(first: list[str]) -> _Columns | None:
    cells = [cell.strip().casefold() for cell in first]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) == 2 and _is_photo(cells[0]) and not _is_photo(cells[1]):
        return _Columns(0, 1, None, len(first), has_header=False)
    if len(cells) not in {2, 3}:
        return None
    photo, category, split = (
        next((place for place, cell in enumerate(cells) if cell in headers), None)
        for headers in (PHOTO_HEADERS, CATEGORY_HEADERS, SPLIT_HEADERS)
    )
    if photo is None or category is None or (len(cells) == 3) != (split is not None):
        return None
    return _Columns(photo, category, split, len(first), has_header=True)


def _rows(source: TextSource) -> Iterator[list[str] | None]:
    """The rows that are not blank; None for one that is no CSV."""
    lines = source.lines()
    head = next(lines, "").lstrip("\ufeff")
    rows = csv.reader(chain([head], lines), delimiter=max(DELIMITERS, key=head.count))
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if any(cell.strip() for cell in row):
            yield row


def _first(rows: Iterator[list[str] | None]) -> list[str]:
    for row in rows:
        return row or []
    return []


def _is_photo(name: str) -> bool:
    return suffix_of(name.strip().replace("\\", "/")) in PHOTO_SUFFIXES


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""
