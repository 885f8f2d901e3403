"""Detections as CSV, one row for each: for results of predictions and watched folders."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from webapp.formats.files.csv_rows import BOM, csv_line

COLUMNS = (
    "photo",
    "verdict",
    "category",
    "score",
    "x",
    "y",
    "width",
    "height",
    "area",
    "center_x",
    "center_y",
    "object_length",
    "object_width",
    "polygon",
    "reason",
)
"""Pixels and square pixels; x and y are the upper left corner of the box, ``object_…`` the sides of the smallest
rectangle around the mask. Not translated: scripts read them."""
LONGEST_CELL = 32_767
"""Characters; Excel cuts what is longer."""


@dataclass(frozen=True)
class DetectionRow:
    """The data of a detection in the table."""

    category: str
    score: float
    bbox: Sequence[float]
    """``[x, y, width, height]`` in pixels."""
    area: float
    length: float
    width: float
    outlines: list[list[float]]
    """``[x1, y1, x2, y2, …]`` in pixels, pieces and holes alike."""


def header() -> str:
    """The first line, with the mark that tells Excel that it is UTF-8."""
    return BOM + csv_line(list(COLUMNS))


def rows(photo: str, verdict: str, reason: str, detections: Iterable[DetectionRow]) -> Iterator[str]:
    """One line a detection; one line for a photo on which nothing was found, or that was not predicted."""
    empty = True
    for found in detections:
        empty = False
        x, y, width, height = found.bbox
        center = x + width / 2, y + height / 2
        numbers = [found.score, *found.bbox, found.area, *center, found.length, found.width]
        shown = (float(f"{number:.10g}") for number in numbers)
        yield csv_line([photo, verdict, found.category, *shown, _polygon(found.outlines), reason])
    if empty:
        yield csv_line([photo, verdict, *[""] * (len(COLUMNS) - 3), reason])


def _polygon(outlines: list[list[float]]) -> str:
    """``x,y x,y …`` each outline; several are parted by a semicolon."""
    text = "; ".join(
        " ".join(f"{x:g},{y:g}" for x, y in zip(flat[0::2], flat[1::2], strict=True)) for flat in outlines
    )
    return text if len(text) <= LONGEST_CELL else ""
