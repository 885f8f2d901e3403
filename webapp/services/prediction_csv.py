"""A prediction's detections as CSV, one row each, made while it is sent."""

from collections.abc import Iterator

from webapp.formats.csv_line import BOM, csv_line
from webapp.formats.mask_shape import measure_mask
from webapp.formats.rle import Rle
from webapp.services.prediction_pages import ResultSource, SavedDetection, SavedPhoto

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


def filename(source: ResultSource) -> str:
    """Its name in the browser's downloads."""
    return f"{source.name}.csv"


def lines(source: ResultSource) -> Iterator[str]:
    """One row a detection; one row for a photo on which nothing was found, or that was not predicted."""
    yield BOM + csv_line(list(COLUMNS))
    for photo in source.photos():
        yield from _rows(photo)


def _rows(photo: SavedPhoto) -> Iterator[str]:
    name, reason = photo.filename, photo.reason
    if not photo.detections:
        yield csv_line([name, photo.verdict, *[""] * (len(COLUMNS) - 3), reason])
    for found in photo.detections:
        x, y, width, height = found.bbox
        center = x + width / 2, y + height / 2
        numbers = [found.score, *found.bbox, found.area, *center, found.length, found.width]
        yield csv_line(
            [
                name,
                photo.verdict,
                found.category,
                *(float(f"{number:.10g}") for number in numbers),
                _polygon(found),
                reason,
            ]
        )


def _polygon(found: SavedDetection) -> str:
    """``x,y x,y …`` each outline; several (pieces and holes) are parted by a semicolon."""
    outlines = found.outlines
    if outlines is None:
        outlines = measure_mask(
            Rle(size=found.segmentation["size"], counts=found.segmentation["counts"])
        ).outlines
    text = "; ".join(
        " ".join(f"{x:g},{y:g}" for x, y in zip(flat[0::2], flat[1::2], strict=True)) for flat in outlines
    )
    return text if len(text) <= LONGEST_CELL else ""
