"""A prediction's detections as CSV, made while it is sent."""

from collections.abc import Iterator

from webapp.formats import detection_table
from webapp.formats.detection_table import DetectionRow
from webapp.formats.masks.segmentation import Rle
from webapp.formats.masks.shape import measure_mask
from webapp.prediction.images import ResultSource, SavedDetection


def filename(source: ResultSource) -> str:
    """Its name in the browser's downloads."""
    return f"{source.name}.csv"


def lines(source: ResultSource) -> Iterator[str]:
    """As ``detection_table``, of all photos of the result."""
    yield detection_table.header()
    for photo in source.photos():
        yield from detection_table.rows(
            photo.filename, photo.verdict, photo.reason, map(_row, photo.detections)
        )


def _row(found: SavedDetection) -> DetectionRow:
    outlines = found.outlines
    if outlines is None:
        mask = Rle(size=found.segmentation["size"], counts=found.segmentation["counts"])
        outlines = measure_mask(mask).outlines
    return DetectionRow(
        found.category, found.score, found.bbox, found.area, found.length, found.width, outlines
    )
