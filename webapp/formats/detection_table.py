"""Detections as CSV, one row for each: for results of predictions and watched folders."""

from collections.abc import Iterable, Iterator

from webapp.formats.files.csv_rows import BOM, csv_line
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.polygons import points_text
from webapp.formats.masks.segmentation import Polygons

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
    "weights_id",
    "weights",
)
"""Pixels and square pixels; x and y are the upper left corner of the box, ``object_…`` the sides of the smallest
rectangle around the mask, ``weights`` the file name of those that were used. Not translated: scripts read them."""
LONGEST_CELL = 32_767
"""Characters; Excel cuts what is longer."""


def header() -> str:
    """The first line, with the mark that tells Excel that it is UTF-8."""
    return BOM + csv_line(list(COLUMNS))


def rows(
    photo: str, verdict: str, reason: str, detections: Iterable[FoundObject], weights: tuple[int, str]
) -> Iterator[str]:
    """One line a detection; one line for a photo on which nothing was found, or that was not predicted.

    ``weights`` are the id and the file name of those that were used.
    """
    empty = True
    for found in detections:
        empty = False
        numbers = [found.score, *found.bbox, found.area, *found.center, found.length, found.width]
        shown = (float(f"{number:.10g}") for number in numbers)
        yield csv_line([photo, verdict, found.category, *shown, _polygon(found.outlines), reason, *weights])
    if empty:
        yield csv_line([photo, verdict, *[""] * (len(COLUMNS) - 5), reason, *weights])


def _polygon(outlines: Polygons) -> str:
    """``x,y x,y …`` each outline; several are parted by a semicolon."""
    text = "; ".join(map(points_text, outlines))
    return text if len(text) <= LONGEST_CELL else ""
